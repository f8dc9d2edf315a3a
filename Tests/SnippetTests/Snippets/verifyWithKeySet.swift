import JOSE

func verifyWithKeySet() throws {
    let old = try JWK.generate(algorithm: "ES256", kid: "2026-10")
    let new = try JWK.generate(algorithm: "Ed25519", kid: "2026-11")
    let token = try JWT.sign(claims: ["sub": "alice", "exp": 4_000_000_000], key: SigningKey(new))

    let keys = try KeyDirectory([VerificationKey(old), VerificationKey(new)])
    let verified = try JWT.verify(token, keys: keys, policy: JWTPolicy(algorithms: [.es256, .ed25519]))
    print(verified.keyID ?? "")  // 2026-11
}
