import JOSE

func sealWithPassword() throws {
    let password = try PasswordKey(
        SecretBytes([UInt8]("correct horse battery staple".utf8)), algorithm: .pbes2HS512A256KW
    )
    let sealed = try JWE.encrypt(
        [UInt8]("a key backup".utf8), key: EncryptionKey(password), contentEncryption: .a256GCM
    )

    // Opening it hashes the password 210,000 times. That a token may order so much work has to be said.
    let policy = DecryptionPolicy(
        algorithms: [.pbes2HS512A256KW], contentEncryption: [.a256GCM],
        limits: TokenLimits(tokenBytes: 64 << 10, headerBytes: 4 << 10, pbes2Count: 210_000)
    )
    let opened = try JWE.decrypt(sealed, key: DecryptionKey(password), policy: policy)
    print(String(decoding: opened.plaintext, as: UTF8.self))  // a key backup
}
