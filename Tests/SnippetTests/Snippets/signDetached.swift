import JOSE

func signDetached() throws {
    let key = try SigningKey(JWK.generate(algorithm: "Ed25519"))
    let file = [UInt8]("a large file".utf8)
    let signature = try JWS.sign(payload: file, as: .compact, signers: [JWSSigner(key: key)], isDetached: true)
    print(signature.contains(".."))  // true

    let verified = try JWS.verify(
        signature, detachedPayload: file, key: VerificationKey(of: key),
        policy: SignaturePolicy(algorithms: [.ed25519])
    )
    print(verified.payload == file)  // true
}
