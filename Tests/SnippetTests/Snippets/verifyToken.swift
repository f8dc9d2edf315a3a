import JOSE

func verifyToken() throws {
    let signing = try SigningKey(JWK.generate(algorithm: "Ed25519", kid: "2026-11"))
    let claims = try ClaimsBuilder()
        .issuer("https://as.example").subject("alice").audience("https://api.example")
        .expires(in: .seconds(300))
        .build()
    let token = try JWT.sign(claims: claims, key: signing)

    let policy = JWTPolicy(
        algorithms: [.ed25519],
        claims: ClaimsPolicy(issuer: "https://as.example", audience: .includes("https://api.example"))
    )
    let verified = try JWT.verify(token, key: VerificationKey(of: signing), policy: policy)
    print(verified.claims.subject ?? "")  // alice
    print(verified.keyID ?? "")  // 2026-11
}
