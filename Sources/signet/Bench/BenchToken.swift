import JOSE

/// A token of one form with its keys, and what is done with it.
struct BenchToken {
    let encryptionJWK: JWK
    let signingJWK: JWK
    /// The token.
    let octets: [UInt8]
    /// The signed token inside.
    let inner: String

    private let signingKey: SigningKey
    private let encryptionKey: EncryptionKey
    private let decryptionKeys: KeyDirectory<DecryptionKey>
    private let verificationKeys: KeyDirectory<VerificationKey>

    /// Makes keys and a token.
    init(_ form: TokenForm) throws {
        signingJWK = try BenchKeys.make(algorithm: form.signature)
        // A key for dir is named by its content encryption.
        encryptionJWK = try BenchKeys.make(
            algorithm: form.keyManagement == "dir" ? "A256GCM" : form.keyManagement, curve: form.curve)
        signingKey = try SigningKey(signingJWK)
        encryptionKey = try EncryptionKey(encryptionJWK)
        decryptionKeys = try KeyDirectory([try DecryptionKey(encryptionJWK)])
        verificationKeys = try KeyDirectory([try VerificationKey(of: signingKey)])
        inner = try JWT.sign(claims: Self.claims, type: "at+jwt", key: signingKey)
        octets = Array(
            try NestedToken.seal(
                claims: Self.claims, signingKey: signingKey, encryptionKey: encryptionKey, contentEncryption: .a256GCM
            ).utf8)
    }

    /// The claims that are sealed, as the authorization server makes them.
    static let claims: [UInt8] = {
        let claims: JSONObject = [
            "iss": "https://signet.example", "sub": "reporter", "aud": "https://orders.example",
            "exp": 1_800_000_300, "iat": 1_800_000_000, "jti": "Zm9vYmFyYmF6cXV4MTIzNA", "client_id": "reporter",
            "scope": "orders.read orders.write",
        ]
        return claims.serialized()
    }()

    var innerBytes: Int { inner.utf8.count }

    /// What the authorization server does for each token.
    func seal() throws {
        _ = try NestedToken.seal(
            claims: Self.claims, signingKey: signingKey, encryptionKey: encryptionKey, contentEncryption: .a256GCM)
    }

    /// What the gateway does for each token that it doesn't know.
    func open() throws { _ = try opened() }

    /// Opens it and takes every claim out of it.
    func openAndReadClaims() throws {
        guard BenchClaims(try opened().claims).areComplete else { throw CommandFailure.bug("claims are missing") }
    }

    /// Finds the parts and reads the outer header, to the point where no content encryption is allowed.
    func readOuterHeader() throws {
        do {
            _ = try NestedToken.open(
                octets.span, decryptionKeys: decryptionKeys, verificationKeys: verificationKeys, contentEncryption: [])
        } catch  where error.code == .contentEncryptionNotAllowed {
            return
        }
        throw CommandFailure.bug("a content encryption is allowed that is not on the list")
    }

    private func opened() throws(JOSEError) -> OpenedToken {
        try NestedToken.open(
            octets.span, decryptionKeys: decryptionKeys, verificationKeys: verificationKeys,
            contentEncryption: [.a256GCM])
    }
}

/// Every claim of a token as a value.
struct BenchClaims {
    let issuer: String?
    let subject: String?
    let audience: [String]
    let expiresAt: Int64?
    let issuedAt: Int64?
    let jwtID: String?
    let clientID: String?
    let scope: String?

    init(_ claims: JWTClaims) {
        issuer = claims.issuer
        subject = claims.subject
        audience = claims.audience
        expiresAt = claims.expiresAt
        issuedAt = claims.issuedAt
        jwtID = claims.jwtID
        clientID = claims.clientID
        scope = claims.scope
    }

    var areComplete: Bool {
        issuer != nil && subject != nil && audience.count == 1 && expiresAt != nil && issuedAt != nil && jwtID != nil
            && clientID != nil && scope != nil
    }
}
