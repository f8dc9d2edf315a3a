import JOSE

func sealToken() throws {
    let signing = try SigningKey(JWK.generate(algorithm: "ES256", kid: "issuer-1"))
    // Of the recipient's key the public half is enough.
    let recipient = try JWK.generate(algorithm: "ECDH-ES", curve: "X25519", kid: "orders-1").publicJWK()
    guard let recipient else { return }

    let claims = try ClaimsBuilder()
        .issuer("https://as.example").subject("alice").audience("https://orders.example")
        .issuedNow().expires(in: .seconds(300)).randomJWTID()
        .build()
    let token = try NestedToken.seal(
        claims: claims.serialized(), signingKey: signing, encryptionKey: EncryptionKey(recipient)
    )
    print(token.split(separator: ".", omittingEmptySubsequences: false).count)  // 5
}
