import ArgumentParser
import JOSE

/// Further members of a token's header.
struct HeaderOption: ParsableArguments {
    @Option(help: ArgumentHelp("Further members of the protected header, a JSON object.", valueName: "json"))
    var header: String?

    /// - Throws: ``CommandFailure`` 64.
    func object() throws -> JSONObject {
        guard let header else { return JSONObject() }
        do {
            return try JSONObject(parsing: Array(header.utf8))
        } catch {
            throw CommandFailure.usage("--header: \(error.reason)")
        }
    }
}
