import JOSE
import Resources

/// A client's registered public keys, each bound to one asymmetric algorithm.
struct ClientKeys: Sendable {
    /// The algorithms that a client assertion may be signed with. No MACs: `private_key_jwt` has no shared secret.
    static let algorithms = SignatureAlgorithm.allCases.filter { !$0.isSymmetric }

    private let keys: [VerificationKey]

    /// Keys that no algorithm can be told for are left out: an assertion that names one finds no key.
    init(_ set: JWKSet) {
        keys = set.keys.compactMap { jwk in
            Self.algorithm(of: jwk).flatMap { try? VerificationKey(jwk, algorithm: $0) }
        }
    }

    /// The key that an assertion names. There is no trial of several keys: without a kid only the only key fits, and
    /// only if it has no kid either.
    ///
    /// - Returns: nil when there is none, or it is bound to another algorithm.
    func key(kid: String?, algorithmName: String) -> VerificationKey? {
        let found: VerificationKey?
        if let kid {
            found = keys.first { $0.kid.map { $0.utf8.elementsEqual(kid.utf8) } ?? false }
        } else {
            found = keys.count == 1 && keys[0].kid == nil ? keys[0] : nil
        }
        guard let found, found.algorithm.isNamed(algorithmName) else { return nil }
        return found
    }

    /// The key's own `alg`, or without one what its type is commonly used with.
    private static func algorithm(of jwk: JWK) -> SignatureAlgorithm? {
        if let name = jwk.algorithm {
            return SignatureAlgorithm(name: name, curve: jwk.curve).flatMap { algorithms.contains($0) ? $0 : nil }
        }
        return switch (jwk.keyType, jwk.curve) {
        case ("EC", "P-256"): .es256
        case ("EC", "P-384"): .es384
        case ("EC", "P-521"): .es512
        case ("EC", "secp256k1"): .es256K
        case ("OKP", "Ed25519"): .ed25519
        case ("OKP", "Ed448"): .ed448
        case ("RSA", _): .rs256
        default: nil
        }
    }
}
