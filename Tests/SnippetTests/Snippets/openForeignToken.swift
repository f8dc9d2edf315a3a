import JOSE

func openForeignToken() throws {
    // A nested token as another library makes it.
    let signing = try JWK.generate(algorithm: "PS256", kid: "issuer-1")
    let recipient = try JWK.generate(algorithm: "RSA-OAEP-256", kid: "orders-1")
    let inner = try JWT.sign(claims: ["sub": "alice", "exp": 4_000_000_000], key: SigningKey(signing))
    let token = try JWE.encrypt(
        [UInt8](inner.utf8), header: ["cty": "JWT", "typ": "JWT"], key: EncryptionKey(recipient),
        contentEncryption: .a128CBCHS256
    )

    let verified = try JWT.open(
        token,
        decryptionKeys: KeyDirectory([DecryptionKey(recipient)]),
        verificationKeys: KeyDirectory([VerificationKey(signing)]),
        decryption: DecryptionPolicy(algorithms: [.rsaOAEP256], contentEncryption: [.a128CBCHS256]),
        policy: JWTPolicy(algorithms: [.ps256])
    )
    print(verified.claims.subject ?? "")  // alice
    print(verified.layers.count)  // 2
}
