import JOSE

func makeKeys() throws {
    let signing = try JWK.generate(algorithm: "ES256")
    let sealing = try JWK.generate(algorithm: "ECDH-ES", curve: "P-256")
    let secret = try JWK.generate(algorithm: "HS512", kid: "webhooks")
    print(signing.keyType, sealing.curve ?? "")  // EC P-256
    print(secret)  // JWK(oct, private, kid webhooks)
    // The thumbprint of a pair is that of its public half. Never publish one of a secret.
    print(signing.thumbprint() == signing.publicJWK()?.thumbprint())  // true
}
