import ArgumentParser
import JOSE

/// The claims of a token that is about to be made.
struct ClaimsInput: ParsableArguments {
    @Option(
        help: ArgumentHelp("Set iat to now and exp to that much later, for example 5m.", valueName: "time"))
    var lifetime: TimeSpan?

    @Argument(help: ArgumentHelp("The claims, a JSON object; standard input without it.", valueName: "file"))
    var file: String?

    /// - Throws: ``CommandFailure`` 65 for what is no JSON object.
    func read(now: Int64) throws -> [UInt8] {
        let bytes = Input.trimmedText(try Input.read(file))
        do {
            let claims = try JWTClaims(parsing: bytes)
            guard let lifetime else { return bytes }
            var object = claims.object
            object["iat"] = .integer(now)
            object["exp"] = .integer(now + lifetime.seconds)
            return object.serialized()
        } catch {
            throw CommandFailure.malformed(error.code.rawValue, "the claims: \(error.reason)")
        }
    }
}
