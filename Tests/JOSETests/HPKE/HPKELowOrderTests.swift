import Crypto
import Foundation
import Testing

@testable import JOSE

/// What a stranger can make without any key: a token under the secret that a point of low order forces.
@Suite("HPKE over X25519 against points of low order")
struct HPKELowOrderTests {
    private static let version = octets("HPKE-v1")
    private static let kem = octets("KEM") + [0x00, 0x20]
    private static let suite = octets("HPKE") + [0x00, 0x20, 0x00, 0x01, 0x00, 0x01]

    /// The key and the nonce of HPKE-3 for a Diffie-Hellman secret, by RFC 9180 sections 4.1 and 5.1.
    private static func schedule(
        _ secret: [UInt8], encapsulated: [UInt8], recipient: [UInt8], info: [UInt8]
    ) throws -> (SymmetricKey, AES.GCM.Nonce) {
        func extract(_ salt: [UInt8], _ label: String, _ input: [UInt8], _ suite: [UInt8]) -> [UInt8] {
            let input = SymmetricKey(data: version + suite + octets(label) + input)
            return [UInt8](HKDF<SHA256>.extract(inputKeyMaterial: input, salt: salt))
        }
        func expand(_ key: [UInt8], _ label: String, _ info: [UInt8], _ count: Int, _ suite: [UInt8]) -> [UInt8] {
            let info = [0, UInt8(count)] + version + suite + octets(label) + info
            let expanded = HKDF<SHA256>.expand(pseudoRandomKey: key, info: info, outputByteCount: count)
            return expanded.withUnsafeBytes { [UInt8]($0) }
        }
        let shared = expand(
            extract([], "eae_prk", secret, kem), "shared_secret", encapsulated + recipient, 32, kem)
        let context = [0] + extract([], "psk_id_hash", [], suite) + extract([], "info_hash", info, suite)
        let key = extract(shared, "secret", [], suite)
        return (
            SymmetricKey(data: expand(key, "key", context, 16, suite)),
            try AES.GCM.Nonce(data: expand(key, "base_nonce", context, 12, suite))
        )
    }

    /// HPKE-3 by the code above.
    private static func token(_ secret: [UInt8], encapsulated: [UInt8], to jwk: JWK) throws -> String {
        guard case .octetPair(_, let recipient, _) = jwk.material else { return "" }
        let (key, nonce) = try schedule(secret, encapsulated: encapsulated, recipient: recipient, info: [])
        let header = Base64URL.encode(octets(#"{"alg":"HPKE-3"}"#))
        let box = try AES.GCM.seal(octets("hi"), using: key, nonce: nonce, authenticating: octets(header))
        let ciphertext = Base64URL.encode([UInt8](box.ciphertext + box.tag))
        return "\(header).\(Base64URL.encode(encapsulated))..\(ciphertext)."
    }

    /// HPKE-3-KE by the code above.
    private static func tokenKE(_ secret: [UInt8], encapsulated: [UInt8], to jwk: JWK) throws -> String {
        guard case .octetPair(_, let recipient, _) = jwk.material else { return "" }
        let content = ContentEncryptionAlgorithm.a128GCM
        let (key, nonce) = try schedule(
            secret, encapsulated: encapsulated, recipient: recipient, info: content.recipientStructure)
        let contentKey = content.newKey()
        let box = try contentKey.withUnsafeBytes { try AES.GCM.seal($0, using: key, nonce: nonce) }
        let header: JSONObject = [
            "alg": "HPKE-3-KE", "enc": "A128GCM", "ek": .string(Base64URL.encode(encapsulated)),
        ]
        var draft = JWEDraft(protected: header, shared: [:])
        draft.add(header: [:], encryptedKey: [UInt8](box.ciphertext + box.tag))
        return try draft.seal(octets("hi"), contentKey, content, nonce: randomBytes(12), .compact)
    }

    @Test("is spoken by these tests as the library speaks it")
    func speaks() throws {
        let (integrated, wrapped) = try (HPKETokens.jwk(.hpke3), HPKETokens.jwk(.hpke3KE))
        let ephemeral = Curve25519.KeyAgreement.PrivateKey()
        let encapsulated = [UInt8](ephemeral.publicKey.rawRepresentation)
        for (jwk, make) in [(integrated, Self.token), (wrapped, Self.tokenKE)] {
            guard case .octetPair(_, let recipient, _) = jwk.material else { continue }
            let peer = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient)
            let secret = try ephemeral.sharedSecretFromKeyAgreement(with: peer).withUnsafeBytes { [UInt8]($0) }
            let token = try make(secret, encapsulated, jwk)
            #expect(try JWE.decrypt(token, key: DecryptionKey(jwk)).plaintext == octets("hi"))
        }
    }

    @Test("opens nothing under the secret that is all zero", arguments: JWKTests.weakMontgomery)
    func zero(point: String) throws {
        let (integrated, wrapped) = try (HPKETokens.jwk(.hpke3), HPKETokens.jwk(.hpke3KE))
        let encapsulated = JSONValue.string(point).hex
        let zero = [UInt8](repeating: 0, count: 32)
        for (jwk, make) in [(integrated, Self.token), (wrapped, Self.tokenKE)] {
            let token = try make(zero, encapsulated, jwk)
            let key = try DecryptionKey(jwk)
            #expect(throws: JOSEError(.decryptionFailed, "")) { try JWE.decrypt(token, key: key) }
            #expect(throws: JOSEError(.decryptionFailed, "")) {
                try JWE.decrypt(token, key: key, policy: HPKETokens.policy)
            }
        }
    }
}
