import JOSE

func verifyByCertificate() async throws {
    // The sender puts its certificates, base64 of DER, into the header.
    let key = try JWK(pem: Chain.leafKey, algorithm: "ES256")
    let token = try JWS.sign(
        payload: [UInt8]("hello".utf8), header: ["x5c": [.string(Chain.leaf)]], key: SigningKey(key)
    )

    // The recipient says whose roots and which names it believes. Without that, x5c chooses no key.
    let trust = try CertificateTrust(rootsPEM: Chain.root, subjects: .named(["partner.example"]))
    let certified = try await JWS.verify(
        [UInt8](token.utf8), trust: trust, algorithms: [.es256], now: 1_800_000_000
    )
    print(String(decoding: certified.token.payload, as: UTF8.self))  // hello
    print(certified.verdict.isTrusted)  // true
}
