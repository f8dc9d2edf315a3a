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

    @Option(help: "The token's form. It is never guessed from the input.")
    var serialization: Serialization = .compact

    var value: TokenSerialization { serialization.value }
}
