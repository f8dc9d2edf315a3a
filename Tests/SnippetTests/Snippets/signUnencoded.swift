import JOSE

func signUnencoded() throws {
    let key = try SigningKey(JWK.generate(algorithm: "HS256"))
    let body = [UInt8](#"{"event":"order.paid"}"#.utf8)
    // RFC 7797: the body is signed as it is, not as base64url, and travels as the body of the request.
    let signature = try JWS.sign(
        payload: body, as: .compact, signers: [JWSSigner(key: key)], isDetached: true, isEncoded: false
    )

    let verified = try JWS.verify(
        signature, detachedPayload: body, key: VerificationKey(of: key),
        policy: SignaturePolicy(algorithms: [.hs256])
    )
    print(verified.header["b64"] == false)  // true
}
