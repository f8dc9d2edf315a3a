package import Hummingbird
package import JOSE

extension Request {
    /// Reads an `application/json` body.
    ///
    /// - Throws: ``ControlHTTPError``; `jsonMalformed` for what the strict reader refuses, duplicate members included.
    package func readJSON(limit: BodyLimit = .document, context: ControlContext) async throws -> JSONValue {
        try requireMediaType("application/json")
        let bytes = try await readBody(limit, context: context)
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw ControlHTTPError(.jsonMalformed, "the body is not the JSON that is expected: \(error.reason)")
        }
    }
}
