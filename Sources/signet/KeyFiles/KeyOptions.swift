import ArgumentParser
import JOSE

/// The keys that a command works with.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a JWK or a JWKS. May be repeated; all keys then count as one set.", valueName: "jwkfile"))
    var key: [String]

    @Option(
        help: ArgumentHelp(
            "Use the key of this name. (default: the one that the token names, else the one that fits)",
            valueName: "kid"))
    var kid: String?

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("Missing expected argument '--key <jwkfile>'") }
    }

    func load() throws -> [JWK] { try KeyFile.keys(key) }
}
