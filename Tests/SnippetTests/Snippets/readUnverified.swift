import JOSE

func readUnverified() throws {
    let key = try SigningKey(JWK.generate(algorithm: "ES256", kid: "2026-11"))
    let token = try JWT.sign(claims: ["iss": "https://as.example"], key: key)

    let seen = try JWT.decodeUnverified(token).unverifiedValue
    print(seen.header["kid"]?.stringValue ?? "")  // 2026-11
    print(seen.claims.issuer ?? "")  // https://as.example
}
