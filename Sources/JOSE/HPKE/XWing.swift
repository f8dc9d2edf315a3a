internal import Crypto
internal import FoundationEssentials

/// A public key of X-Wing, the hybrid of ML-KEM-768 and X25519 (MLKEM768-X25519 of draft-ietf-hpke-pq), for HPKE-9.
struct XWingPublicKey: Sendable {
    private let key: XWingMLKEM768X25519.PublicKey

    /// - Throws: `key-invalid` if the octets are not 1,216.
    init(_ octets: [UInt8]) throws(JOSEError) {
        do {
            key = try XWingMLKEM768X25519.PublicKey(rawRepresentation: octets)
        } catch {
            throw KeyMaterial.invalid("pub is no key of X-Wing")
        }
    }

    /// Refuses a key to which nothing can be encrypted, since its numbers are out of range (FIPS 203 section 7.2).
    /// - Throws: `key-invalid`.
    func check() throws(JOSEError) {
        guard (try? key.encapsulate()) != nil else { throw KeyMaterial.invalid("pub is no key of X-Wing") }
    }

    /// Encrypts one message by HPKE-9's suite.
    func seal(
        _ plaintext: UnsafeRawBufferPointer, info: [UInt8], authenticating aad: [UInt8]
    ) throws -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
        let result = try key.encapsulate()
        let schedule = try OneStageKeySchedule(result.sharedSecret, info: info)
        return ([UInt8](result.encapsulated), try unsafe schedule.seal(plaintext, authenticating: aad))
    }
}

/// A private key of X-Wing.
struct XWingPrivateKey: Sendable {
    private let key: XWingMLKEM768X25519.PrivateKey

    /// - Throws: `key-invalid` if the octets are not 32.
    init(seed: SecretBytes) throws(JOSEError) {
        do {
            key = try unsafe seed.withUnsafeBytes {
                try unsafe XWingMLKEM768X25519.PrivateKey(seedRepresentation: $0, publicKey: nil)
            }
        } catch {
            throw KeyMaterial.invalid("priv is no seed")
        }
    }

    /// The public half.
    var publicOctets: [UInt8] { [UInt8](key.publicKey.rawRepresentation) }

    /// Decrypts one message, or gives nil.
    func open(
        _ ciphertext: [UInt8], encapsulated: [UInt8], info: [UInt8], authenticating aad: [UInt8]
    ) -> Data? {
        guard let secret = try? key.decapsulate(Data(encapsulated)),
            let schedule = try? OneStageKeySchedule(secret, info: info)
        else { return nil }
        return schedule.open(ciphertext, authenticating: aad)
    }
}
