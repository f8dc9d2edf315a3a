import JOSE

func signBytes() throws {
    let key = try SigningKey(JWK.generate(algorithm: "ES384"))
    let token = try JWS.sign(payload: [UInt8]("any octets".utf8), key: key)

    let verified = try JWS.verify(token, key: VerificationKey(of: key))
    print(String(decoding: verified.payload, as: UTF8.self))  // any octets
    print(verified.algorithm)  // es384
}
