import Testing

@testable import JOSE

/// One way to make nested tokens, with its keys.
struct TokenProfile: Sendable, CustomTestStringConvertible {
    let signing: String
    let encryption: String
    let content: ContentEncryptionAlgorithm
    var curve: String?

    var testDescription: String { "\(encryption)\(curve.map { " \($0)" } ?? "")+\(content.rawValue) around \(signing)" }

    static let symmetric = TokenProfile(signing: "HS256", encryption: "A256KW", content: .a256GCM)
    static let asymmetric = TokenProfile(signing: "ES256", encryption: "ECDH-ES", content: .a256GCM)

    static let all: [TokenProfile] = [
        symmetric, asymmetric,
        TokenProfile(signing: "HS512", encryption: "A256GCM", content: .a256GCM),
        TokenProfile(signing: "HS384", encryption: "A128GCMKW", content: .a128CBCHS256),
        TokenProfile(signing: "ES384", encryption: "ECDH-ES+A128KW", content: .a192CBCHS384, curve: "P-256"),
        TokenProfile(signing: "ES512", encryption: "ECDH-ES+A192KW", content: .a256CBCHS512, curve: "P-384"),
        TokenProfile(signing: "Ed25519", encryption: "ECDH-ES+A256KW", content: .a192GCM, curve: "P-521"),
        TokenProfile(signing: "RS256", encryption: "RSA-OAEP-256", content: .a256GCM),
        TokenProfile(signing: "PS256", encryption: "RSA-OAEP", content: .a128GCM),
    ]
}

/// The keys of a profile, made once per test.
struct TokenKeys: Sendable {
    let signing: SigningKey
    let encryption: EncryptionKey
    let verification: KeyDirectory<VerificationKey>
    let decryption: KeyDirectory<DecryptionKey>
    let profile: TokenProfile

    init(_ profile: TokenProfile) throws {
        let signingJWK = try JWK.generate(algorithm: profile.signing)
        let encryptionJWK = try JWK.generate(algorithm: profile.encryption, curve: profile.curve)
        try self.init(profile, signingJWK, encryptionJWK)
    }

    init(_ profile: TokenProfile, _ signingJWK: JWK, _ encryptionJWK: JWK) throws {
        self.profile = profile
        signing = try SigningKey(signingJWK)
        encryption = try EncryptionKey(encryptionJWK)
        verification = try KeyDirectory([VerificationKey(signingJWK)])
        decryption = try KeyDirectory([DecryptionKey(encryptionJWK)])
    }

    func seal(_ claims: String = #"{"iss":"https://as.example","sub":"reporter"}"#) throws -> String {
        try NestedToken.seal(
            claims: [UInt8](claims.utf8),
            signingKey: signing,
            encryptionKey: encryption,
            contentEncryption: profile.content
        )
    }

    func open(_ token: [UInt8]) throws(JOSEError) -> OpenedToken {
        try NestedToken.open(
            token,
            decryptionKeys: decryption,
            verificationKeys: verification,
            contentEncryption: [profile.content]
        )
    }

    func open(_ token: String) throws(JOSEError) -> OpenedToken { try open([UInt8](token.utf8)) }
}
