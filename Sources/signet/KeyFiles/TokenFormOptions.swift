import ArgumentParser
import JOSE

/// The serialization of a token.
struct TokenFormOptions: ParsableArguments {
    enum Serialization: String, ExpressibleByArgument, CaseIterable {
        case compact, flattened, general

        /// JOSE's own type can't conform to the parser's protocol without making it part of a public surface.
        var value: TokenSerialization {
            switch self {
            case .compact: .compact
            case .flattened: .flattened
            case .general: .general
            }
        }
    }

    @Option(help: "The token's form. (default: to make, compact; to read, what the input shows)")
    var serialization: Serialization?

    /// The form to make.
    var value: TokenSerialization { serialization?.value ?? .compact }

    /// Reads a token, and says its form: the one that was asked for, or the one that it has. A JSON object is no compact
    /// token, and of JSON the members tell one form from the other (RFC 7516 section 9).
    func read(_ path: String?) throws -> (token: String, form: TokenSerialization) {
        if let serialization { return (try TokenInput.read(path, serialization.value), serialization.value) }
        let token = try TokenInput.readAny(path)
        guard token.utf8.first == UInt8(ascii: "{") else { return (token, .compact) }
        let object = try? JSONObject(parsing: Array(token.utf8))
        return (token, object?["signatures"] != nil || object?["recipients"] != nil ? .general : .flattened)
    }
}
