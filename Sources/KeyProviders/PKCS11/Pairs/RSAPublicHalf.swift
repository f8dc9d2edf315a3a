import Crypto
import CryptoExtras
import JOSE
import KeyManagement

/// The public half of an RSA key pair as numbers.
struct RSAPublicHalf: Sendable {
    let modulus: [UInt8]
    private let exponent: [UInt8]

    /// Nil when it is no RSA key.
    init?(_ jwk: JWK) {
        let members = jwk.object(includingPrivate: false)
        guard let modulus = members["n"]?.stringValue.flatMap({ try? Base64URL.decode($0) }),
            let exponent = members["e"]?.stringValue.flatMap({ try? Base64URL.decode($0) })
        else { return nil }
        (self.modulus, self.exponent) = (modulus, exponent)
    }

    /// Whether it is a number that encryption may give, and that tokens take: above 1 and below the modulus less 1. Says
    /// nothing of what is in it, so it may be looked at in any time.
    func admits(_ ciphertext: [UInt8]) -> Bool {
        guard ciphertext.count == modulus.count, let last = modulus.last, last & 1 == 1 else { return false }
        let one = [UInt8](repeating: 0, count: modulus.count - 1) + [1]
        let most = modulus.dropLast() + [last - 1]
        return one.lexicographicallyPrecedes(ciphertext) && ciphertext.lexicographicallyPrecedes(most)
    }

    /// A number that encryption may give and that means nothing.
    func randomCiphertext() -> [UInt8] {
        // Below the modulus, whose first bit is set.
        [0x40 | UInt8.random(in: 0..<0x40)] + (1..<modulus.count).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// Encrypts by RSA-OAEP-256, or with SHA-1 in its place.
    func encrypt(_ secret: SecretBytes, isSHA1: Bool = false) throws(ProviderError) -> [UInt8] {
        do {
            let key = try _RSA.Encryption.PublicKey(n: modulus, e: exponent)
            // The pointer is read within the call.
            return try unsafe secret.withUnsafeBytes { octets in
                [UInt8](try unsafe key.encrypt(octets, padding: isSHA1 ? .PKCS1_OAEP : .PKCS1_OAEP_SHA256))
            }
        } catch {
            throw ProviderError(.answerBroken, "the public half of the key can't be used: \(type(of: error))")
        }
    }
}
