import JOSE

func publishKeySet() throws {
    let signing = try JWK.generate(algorithm: "ES256", kid: "2026-11")
    let mac = try JWK.generate(algorithm: "HS256", kid: "internal")
    let text = JWKSet([signing, mac]).serialized()

    // Private members are left out, and symmetric keys with them.
    let published = try JWKSet(parsing: text)
    print(published.keys)  // [JWK(EC P-256, kid 2026-11)]
}
