internal import Crypto
internal import FoundationEssentials

/// A recipient's public key of HPKE in base mode.
enum HPKEPublicKey: Sendable {
    case agreement(AgreementPublicKey)
    case xWing(XWingPublicKey)

    /// Encrypts one message.
    /// - Parameters:
    ///   - suite: one that the key's curve goes with.
    ///   - info: what the key is derived with beside the secret.
    func seal(
        _ plaintext: UnsafeRawBufferPointer, _ suite: HPKESuite, info: [UInt8], authenticating aad: [UInt8]
    ) throws -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
        switch self {
        case .agreement(.p256(let key)): try unsafe Self.seal(plaintext, key, suite, info, aad)
        case .agreement(.p384(let key)): try unsafe Self.seal(plaintext, key, suite, info, aad)
        case .agreement(.p521(let key)): try unsafe Self.seal(plaintext, key, suite, info, aad)
        case .agreement(.x25519(let key)): try unsafe Self.seal(plaintext, key, suite, info, aad)
        case .agreement(.x448): throw Self.mismatch
        case .xWing(let key): try unsafe key.seal(plaintext, info: info, authenticating: aad)
        }
    }

    private static func seal(
        _ plaintext: UnsafeRawBufferPointer, _ key: some HPKEDiffieHellmanPublicKey, _ suite: HPKESuite,
        _ info: [UInt8], _ aad: [UInt8]
    ) throws -> (encapsulated: [UInt8], ciphertext: [UInt8]) {
        guard let ciphersuite = suite.ciphersuite else { throw mismatch }
        var sender = try HPKE.Sender(recipientKey: key, ciphersuite: ciphersuite, info: Data(info))
        let ciphertext = try unsafe sender.seal(plaintext, authenticating: aad)
        return ([UInt8](sender.encapsulatedKey), [UInt8](ciphertext))
    }

    private static let mismatch = JOSEError(.keyMismatch, "the key does not go with this suite of HPKE")
}
