import JOSE

func signToken() throws {
    let key = try SigningKey(JWK.generate(algorithm: "ES256", kid: "2026-11"))
    let claims = try ClaimsBuilder()
        .issuer("https://as.example").subject("alice").audience("https://api.example")
        .issuedNow().expires(in: .seconds(300)).randomJWTID()
        .build()
    let token = try JWT.sign(claims: claims, key: key)
    print(token.split(separator: ".").count)  // 3
}
