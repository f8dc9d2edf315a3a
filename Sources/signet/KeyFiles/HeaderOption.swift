import ArgumentParser
import JOSE

/// Further members of a token's header.
struct HeaderOption: ParsableArguments {
    @Option(help: ArgumentHelp("Further members of the protected header, a JSON object.", valueName: "json"))
    var header: String?

    /// - Throws: ``CommandFailure`` 64.
    func object() throws -> JSONObject { try Self.object(header, option: "--header") }

    static func object(_ text: String?, option: String) throws -> JSONObject {
        guard let text else { return JSONObject() }
        do {
            return try JSONObject(parsing: Array(text.utf8))
        } catch {
            throw CommandFailure.usage("\(option): \(error.reason)")
        }
    }
}

/// Members that nothing protects, which the JSON serializations have.
struct UnprotectedOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Members of the unprotected header, a JSON object. For the JSON forms.", valueName: "json"))
    var unprotected: String?

    /// - Throws: ``CommandFailure`` 64.
    func object() throws -> JSONObject { try HeaderOption.object(unprotected, option: "--unprotected") }
}
