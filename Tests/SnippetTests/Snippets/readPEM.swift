import JOSE

func readPEM() throws {
    let pem = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
        -----END PUBLIC KEY-----
        """
    // PEM says neither what a key is called nor what it is for.
    let jwk = try JWK(pem: [UInt8](pem.utf8), kid: "partner", algorithm: "Ed25519", use: "sig")
    print(try VerificationKey(jwk).algorithm)  // ed25519
    print(jwk.thumbprint())  // kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
    let same = try jwk.pem(.subjectPublicKeyInfo) == [UInt8](pem.utf8) + [0x0A]
    print(same)  // true
}
