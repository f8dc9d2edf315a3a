import ArgumentParser
import JOSE

/// The keys of both layers of a sealed token.
struct NestedKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a JWK or a JWKS. May be repeated; all keys then count as one set.", valueName: "jwkfile"))
    var key: [String]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Encrypt or decrypt with the key of this name.", valueName: "kid"))
    var kid: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sign or verify with the key of this name.", valueName: "kid"))
    var signKid: String?

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("Missing expected argument '--key <jwkfile>'") }
    }

    func load() throws -> [JWK] { try KeyFile.keys(key) }
}

/// Tells the two jobs of keys in one set apart, by what the keys say of themselves.
enum NestedKeys {
    /// Whether the key's `use` and `alg` leave it to signatures.
    static func maySign(_ key: JWK) -> Bool {
        guard key.use.map({ $0 == "sig" }) ?? true, !["X25519", "X448"].contains(key.curve) else { return false }
        return key.algorithm.map { SignatureAlgorithm(name: $0) != nil } ?? true
    }

    /// Whether the key's `use` and `alg` leave it to encryption.
    static func mayEncrypt(_ key: JWK) -> Bool {
        guard key.use.map({ $0 == "enc" }) ?? true, !["Ed25519", "Ed448", "secp256k1"].contains(key.curve) else {
            return false
        }
        return key.algorithm.map { SignatureAlgorithm(name: $0) == nil } ?? true
    }
}
