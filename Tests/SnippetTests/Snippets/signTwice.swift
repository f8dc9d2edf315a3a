import JOSE

func signTwice() throws {
    let (author, auditor) = (
        try SigningKey(JWK.generate(algorithm: "ES256", kid: "author")),
        try SigningKey(JWK.generate(algorithm: "PS256", kid: "auditor"))
    )
    let message = try JWS.sign(
        payload: [UInt8]("release 1.0".utf8), as: .general,
        signers: [JWSSigner(key: author), JWSSigner(key: auditor)]
    )

    let keys = try KeyDirectory([VerificationKey(of: author), VerificationKey(of: auditor)])
    let policy = SignaturePolicy(algorithms: [.es256, .ps256])
    let verified = try JWS.verify(message, as: .general, keys: keys, policy: policy, requiring: .every)
    print(verified.keyID ?? "", verified.others.map { $0.keyID ?? "" })  // author ["auditor"]
}
