import ArgumentParser
import JOSE

/// The keys that a command works with.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a JWK or a JWKS. May be repeated; all keys then count as one set.", valueName: "jwkfile"))
    var key: [String]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Use the key of this name. (default: the one that the token names, else the one that fits)",
            valueName: "kid"))
    var kid: String?

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("Missing expected argument '--key <jwkfile>'") }
    }

    func load() throws -> [JWK] { try KeyFile.keys(key) }

    /// The keys for a token that chooses among them by nothing but its `alg`.
    /// - Throws: ``CommandFailure`` `key-ambiguous` for a set with shared secrets beside key pairs.
    func loadUnmixed() throws -> [JWK] {
        let files = try key.map { try KeyFile($0) }
        guard kid != nil || !files.contains(where: \.isMixed) else {
            throw CommandFailure.refused(
                "key-ambiguous", "one set has shared secrets beside key pairs: say by --kid which key it is")
        }
        return try KeyFile.keys(of: files)
    }
}

/// The keys of a command that can use several at once.
struct SeveralKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a JWK or a JWKS. May be repeated; all keys then count as one set.", valueName: "jwkfile"))
    var key: [String]

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Use the key of this name. (default: the one that fits) With --serialization general it may be repeated.",
            valueName: "kid"))
    var kid: [String] = []

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("Missing expected argument '--key <jwkfile>'") }
    }

    func load() throws -> [JWK] { try KeyFile.keys(key) }

    /// The names to use, one for each signature or recipient; nil stands for the one key that fits.
    /// - Throws: ``CommandFailure`` 64 for several where there can be one.
    func names(_ form: TokenFormOptions) throws -> [String?] {
        guard kid.count < 2 || form.serialization == .general else {
            throw CommandFailure.usage("several --kid need --serialization general")
        }
        return kid.isEmpty ? [nil] : kid
    }
}
