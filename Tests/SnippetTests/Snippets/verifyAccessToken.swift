import JOSE

func verifyAccessToken() throws {
    let signing = try SigningKey(JWK.generate(algorithm: "ES256"))
    let claims = try ClaimsBuilder(["client_id": "reporter", "scope": "orders.read"])
        .issuer("https://as.example").subject("alice").audience("https://api.example")
        .issuedNow().expires(in: .seconds(300)).randomJWTID()
        .build()
    let token = try JWT.sign(claims: claims, type: "at+jwt", key: signing)

    let policy = JWTPolicy(
        algorithms: [.es256],
        claims: .accessToken(issuer: "https://as.example", audience: "https://api.example")
    )
    let verified = try JWT.verify(token, key: VerificationKey(of: signing), policy: policy)
    print(verified.claims.scope ?? "")  // orders.read
}
