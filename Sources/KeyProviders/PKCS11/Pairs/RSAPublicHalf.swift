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

    /// Encrypts by RSA-OAEP-256.
    func encrypt(_ secret: SecretBytes) throws(ProviderError) -> [UInt8] {
        do {
            let key = try _RSA.Encryption.PublicKey(n: modulus, e: exponent)
            // The pointer is read within the call.
            return try unsafe secret.withUnsafeBytes { octets in
                [UInt8](try unsafe key.encrypt(octets, padding: .PKCS1_OAEP_SHA256))
            }
        } catch {
            throw ProviderError(.answerBroken, "the public half of the key can't be used: \(type(of: error))")
        }
    }
}
