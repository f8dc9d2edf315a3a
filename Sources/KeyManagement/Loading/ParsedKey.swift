import JOSE
import Synchronization

/// A key version's typed keys, made once: parsing costs up to a millisecond and the keys never change.
final class ParsedKey: Sendable {
    let kid: String
    /// The ring that it was opened for.
    let ring: RingSpec
    let publicJWK: JWK?
    /// For rings that sign or authenticate; what signs is nil while the private half is not here.
    let signing: SigningKey?
    let verification: VerificationKey?
    /// For rings that encrypt; what decrypts only recognises tokens while the private half is not here.
    let encryption: EncryptionKey?
    let decryption: DecryptionKey?
    /// Where the private half is to be had, when it is not here.
    let held: HeldKey?

    /// Throws `stored-key-invalid` unless `secret` is a private JWK with this kid that fits the ring.
    init(secret: SecretBytes, kid: String, ring: RingSpec) throws(KeyError) {
        var text = unsafe secret.withUnsafeBytes { unsafe [UInt8]($0) }
        defer { wipe(&text) }
        do {
            let jwk = try JWK(parsing: text)
            guard jwk.kid == kid, jwk.isPrivate, jwk.algorithm == ring.algorithm else {
                throw KeyError(.keyInvalid, "the stored key \(kid) does not fit its row")
            }
            self.kid = kid
            self.ring = ring
            held = nil
            publicJWK = jwk.publicJWK()
            if ring.purpose == .encryption {
                encryption = try EncryptionKey(jwk)
                decryption = try DecryptionKey(jwk)
                signing = nil
                verification = nil
            } else {
                signing = try SigningKey(jwk)
                verification = try VerificationKey(jwk)
                encryption = nil
                decryption = nil
            }
        } catch let error as KeyError {
            throw error
        } catch {
            throw KeyError(.keyInvalid, "the stored key \(kid) can't be used: \(error)")
        }
    }

    /// A key whose private half a device has or seals. Throws `stored-key-invalid` unless the public half fits the ring.
    init(held: HeldKey, publicJWK: JWK) throws(KeyError) {
        (kid, ring) = (held.kid, held.ring)
        self.held = held
        self.publicJWK = publicJWK
        signing = nil
        do {
            guard publicJWK.kid == kid, publicJWK.algorithm == ring.algorithm else {
                throw KeyError(.keyInvalid, "the stored key \(kid) does not fit its row")
            }
            if ring.purpose == .encryption {
                encryption = try EncryptionKey(publicJWK)
                decryption = try DecryptionKey(heldElsewhere: publicJWK)
                verification = nil
            } else {
                verification = try VerificationKey(publicJWK)
                encryption = nil
                decryption = nil
            }
        } catch let error as KeyError {
            throw error
        } catch {
            throw KeyError(.keyInvalid, "the stored key \(kid) can't be used: \(error)")
        }
    }
}
