import JOSE

func openToken() throws {
    let signing = try JWK.generate(algorithm: "ES256", kid: "issuer-1")
    let recipient = try JWK.generate(algorithm: "ECDH-ES", kid: "orders-1")
    let claims = try ClaimsBuilder().subject("alice").audience("https://orders.example")
        .expires(in: .seconds(300)).build()
    let token = try NestedToken.seal(
        claims: claims.serialized(), signingKey: SigningKey(signing), encryptionKey: EncryptionKey(recipient)
    )

    let opened = try NestedToken.open(
        token,
        decryptionKeys: KeyDirectory([DecryptionKey(recipient)]),
        verificationKeys: KeyDirectory([VerificationKey(signing)]),
        contentEncryption: [.a256GCM]
    )
    // Decrypted and verified; what the claims say is still to be checked.
    try ClaimsPolicy(audience: .only("https://orders.example")).check(opened.claims, now: TokenClock.system.now())
    print(opened.claims.subject ?? "")  // alice
    print(opened.encryptionKeyID, opened.signingKeyID)  // orders-1 issuer-1
}
