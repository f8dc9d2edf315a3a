import Crypto
import Testing

@testable import JOSE

/// A nested token whose keys are elsewhere: here a typed key stands for the device.
@Suite("A nested token with keys held elsewhere")
struct HeldElsewhereTests {
    let signing: JWK
    let encryption: JWK
    let keys: KeyDirectory<DecryptionKey>
    let verification: KeyDirectory<VerificationKey>

    init() throws {
        signing = try JWK.generate(algorithm: "ES256")
        encryption = try JWK.generate(algorithm: "RSA-OAEP-256")
        keys = try KeyDirectory([DecryptionKey(heldElsewhere: try #require(encryption.publicJWK()))])
        verification = try KeyDirectory([VerificationKey(signing)])
    }

    private static let claims = Array(#"{"iss":"https://as.example","sub":"reporter"}"#.utf8)

    private func token() throws -> String {
        try NestedToken.seal(
            claims: Self.claims, signingKey: SigningKey(signing), encryptionKey: EncryptionKey(encryption))
    }

    private func located(_ token: String) throws -> LockedToken {
        try NestedToken.locate(Array(token.utf8).span, decryptionKeys: keys, contentEncryption: [.a256GCM])
    }

    @Test("is recognised by the public half, and not opened by it")
    func recognised() throws {
        let token = try token()
        #expect(try located(token).encryptionKeyID == encryption.kid)
        #expect(try located(token).encryptionAlgorithm == .rsaOAEP256)
        #expect(throws: JOSEError(.decryptionFailed, "")) {
            try NestedToken.open(
                token, decryptionKeys: keys, verificationKeys: verification, contentEncryption: [.a256GCM])
        }
    }

    @Test("opens with the content key that the device gives")
    func opensByContentKey() throws {
        let locked = try located(try token())
        let device = try DecryptionKey(encryption)
        let parameters = KeyManagementParameters()
        let contentKey = try #require(
            try device.contentKey(parameters, encryptedKey: locked.encryptedKey, for: .a256GCM))
        let octets = contentKey.withUnsafeBytes { Array($0) }
        let opened = try locked.open(contentKey: SecretBytes(octets), verificationKeys: verification)
        #expect(opened.claims.subject == "reporter")
        for wrong in [Array(octets.dropLast()), octets + [0], Array(repeating: 0, count: 32), []] {
            #expect(throws: JOSEError(.decryptionFailed, "")) {
                try locked.open(contentKey: SecretBytes(wrong), verificationKeys: verification)
            }
        }
    }

    @Test("opens with the private key that a device has opened, and with no other")
    func opensByKey() throws {
        let locked = try located(try token())
        #expect(
            try locked.open(with: DecryptionKey(encryption), verificationKeys: verification).signingKeyID == signing.kid
        )
        let other = try DecryptionKey(try JWK.generate(algorithm: "RSA-OAEP-256"))
        #expect(throws: JOSEError(.keyMismatch, "")) { try locked.open(with: other, verificationKeys: verification) }
    }

    @Test("is not located for an unknown key or another content encryption")
    func notLocated() throws {
        let token = try token()
        #expect(throws: JOSEError(.keyNotFound, "")) {
            try NestedToken.locate(
                Array(token.utf8).span, decryptionKeys: KeyDirectory(), contentEncryption: [.a256GCM])
        }
        #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) {
            try NestedToken.locate(Array(token.utf8).span, decryptionKeys: keys, contentEncryption: [.a128GCM])
        }
    }

    @Test("is signed elsewhere, and goes out only when the signature is good")
    func signedElsewhere() throws {
        let draft = try NestedToken.unsigned(claims: Self.claims, key: VerificationKey(signing))
        let signature = try SigningKey(signing).sign(draft.signingInput.span)
        let key = try EncryptionKey(encryption)
        let opened = try located(try draft.sealed(signature: signature, encryptionKey: key))
            .open(with: DecryptionKey(encryption), verificationKeys: verification)
        #expect(opened.claims.subject == "reporter")
        let other = try SigningKey(try JWK.generate(algorithm: "ES256")).sign(draft.signingInput.span)
        for wrong in [other, Array(signature.dropLast()), []] {
            #expect(throws: JOSEError(.signatureInvalid, "")) { try draft.sealed(signature: wrong, encryptionKey: key) }
        }
    }

    @Test("refuses a shared secret as a public half")
    func sharedSecret() throws {
        let secret = try JWK.generate(algorithm: "A256KW")
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try DecryptionKey(heldElsewhere: secret) }
    }
}
