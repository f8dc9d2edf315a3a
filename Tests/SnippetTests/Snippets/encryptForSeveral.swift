import JOSE

func encryptForSeveral() throws {
    let alice = try JWK.generate(algorithm: "ECDH-ES+A256KW", kid: "alice")
    let bob = try JWK.generate(algorithm: "RSA-OAEP-256", kid: "bob")
    let message = try JWE.encrypt(
        [UInt8]("for both".utf8), as: .general,
        recipients: [JWERecipient(key: EncryptionKey(alice)), JWERecipient(key: EncryptionKey(bob))],
        contentEncryption: .a256GCM
    )

    let policy = DecryptionPolicy(algorithms: [.ecdhESA256KW, .rsaOAEP256], contentEncryption: [.a256GCM])
    let opened = try [alice, bob].map { jwk in
        try JWE.decrypt(message, as: .general, key: DecryptionKey(jwk), policy: policy)
    }
    print(opened.map { String(decoding: $0.plaintext, as: UTF8.self) })  // ["for both", "for both"]
    print(opened.map { $0.algorithm.rawValue })  // ["ECDH-ES+A256KW", "RSA-OAEP-256"]
}
