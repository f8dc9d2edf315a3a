import JOSE
import Synchronization

/// A key version's typed keys, made once: parsing costs up to a millisecond and the keys never change.
final class ParsedKey: Sendable {
    let kid: String
    /// The ring that it was opened for.
    let ring: RingSpec
    let publicJWK: JWK?
    /// For rings that sign or authenticate.
    let signing: SigningKey?
    let verification: VerificationKey?
    /// For rings that encrypt.
    let encryption: EncryptionKey?
    let decryption: DecryptionKey?

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
}

/// The parsed keys of the versions in use, by kid; bounded by what the last load used.
final class ParsedKeyCache: Sendable {
    private let keys = Mutex<[String: ParsedKey]>([:])

    func key(_ kid: String, for ring: RingSpec) -> ParsedKey? {
        keys.withLock { $0[kid] }.flatMap { $0.ring == ring ? $0 : nil }
    }

    func replaceAll(_ used: [ParsedKey]) {
        let next = Dictionary(used.map { ($0.kid, $0) }, uniquingKeysWith: { first, _ in first })
        keys.withLock { $0 = next }
    }
}
