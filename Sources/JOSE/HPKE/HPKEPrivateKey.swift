internal import Crypto
internal import FoundationEssentials

/// A recipient's private key of HPKE in base mode.
enum HPKEPrivateKey: Sendable {
    case agreement(AgreementPrivateKey)
    case xWing(XWingPrivateKey)

    /// Decrypts one message, or gives nil: why is nobody's business.
    func open(
        _ ciphertext: [UInt8], encapsulated: [UInt8], _ suite: HPKESuite, info: [UInt8], authenticating aad: [UInt8]
    ) -> Data? {
        guard encapsulated.count == suite.encapsulatedBytes else { return nil }
        return switch self {
        case .agreement(.p256(let key)): try? Self.open(ciphertext, encapsulated, key, suite, info, aad)
        case .agreement(.p384(let key)): try? Self.open(ciphertext, encapsulated, key, suite, info, aad)
        case .agreement(.p521(let key)): try? Self.open(ciphertext, encapsulated, key, suite, info, aad)
        case .agreement(.x25519(let key)):
            try? Self.open(ciphertext, encapsulated, ContributoryX25519(key: key), suite, info, aad)
        case .agreement(.x448): nil
        case .xWing(let key): key.open(ciphertext, encapsulated: encapsulated, info: info, authenticating: aad)
        }
    }

    private static func open(
        _ ciphertext: [UInt8], _ encapsulated: [UInt8], _ key: some HPKEDiffieHellmanPrivateKey, _ suite: HPKESuite,
        _ info: [UInt8], _ aad: [UInt8]
    ) throws -> Data? {
        guard let ciphersuite = suite.ciphersuite else { return nil }
        var recipient = try HPKE.Recipient(
            privateKey: key, ciphersuite: ciphersuite, info: Data(info), encapsulatedKey: Data(encapsulated))
        return try recipient.open(ciphertext, authenticating: aad)
    }
}

/// X25519 whose exchanges never give zero.
///
/// HPKE has to refuse a secret that is all zero (RFC 9180 section 7.1.4): a sender's point of low order forces it,
/// whatever the recipient's key. The library below lets it through.
private struct ContributoryX25519: HPKEDiffieHellmanPrivateKey {
    struct ZeroSecret: Error {}

    let key: Curve25519.KeyAgreement.PrivateKey

    var publicKey: Curve25519.KeyAgreement.PublicKey { key.publicKey }

    func sharedSecretFromKeyAgreement(with peer: Curve25519.KeyAgreement.PublicKey) throws -> SharedSecret {
        let secret = try key.sharedSecretFromKeyAgreement(with: peer)
        guard unsafe !secret.withUnsafeBytes({ unsafe constantTimeIsZero($0) }) else { throw ZeroSecret() }
        return secret
    }
}
