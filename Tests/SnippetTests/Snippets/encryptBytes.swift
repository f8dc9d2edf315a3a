import JOSE

func encryptBytes() throws {
    let jwk = try JWK.generate(algorithm: "A256KW")
    let token = try JWE.encrypt(
        [UInt8]("attack at dawn".utf8), key: EncryptionKey(jwk), contentEncryption: .a256GCM
    )

    let decrypted = try JWE.decrypt(
        token, key: DecryptionKey(jwk),
        policy: DecryptionPolicy(algorithms: [.a256KW], contentEncryption: [.a256GCM])
    )
    print(String(decoding: decrypted.plaintext, as: UTF8.self))  // attack at dawn
}
