import ArgumentParser

/// The serialization of a token.
struct TokenFormOptions: ParsableArguments {
    enum Serialization: String, ExpressibleByArgument, CaseIterable {
        case compact, flattened, general
    }

    @Option(help: "The token's form; only compact is supported yet.")
    var serialization: Serialization = .compact

    /// - Throws: ``CommandFailure`` 64 for a form that is not there yet.
    func requireCompact() throws {
        guard serialization == .compact else {
            throw CommandFailure.notSupported("--serialization \(serialization.rawValue)", instead: "only compact is")
        }
    }
}
