internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

extension DecryptionKey {
    /// The content key of a token, or nil: why is nobody's business.
    /// - Throws: `header-invalid` if a password is to be hashed more or less often than the key's policy allows.
    func contentKey(
        _ parameters: KeyManagementParameters, encryptedKey: [UInt8], for content: ContentEncryptionAlgorithm
    ) throws(JOSEError) -> SymmetricKey? {
        guard algorithm.isDirect == encryptedKey.isEmpty else { return nil }
        let key: SymmetricKey?
        switch backing.recipient {
        case .shared(let shared): key = unwrap(encryptedKey, with: shared, parameters)
        case .agreement(let privateKey): key = agree(privateKey, parameters, encryptedKey, content)
        case .rsa(let decryptor):
            let padding: _RSA.Encryption.Padding = algorithm == .rsaOAEP ? .PKCS1_OAEP : .PKCS1_OAEP_SHA256
            key = (try? decryptor.key.decrypt(encryptedKey, padding: padding)).map { SymmetricKey(data: $0) }
        case .oaep(let decryptor): key = decryptor.decrypt(encryptedKey)
        case .password(let password):
            // AES key wrap adds eight octets. Looked at first: hashing the password is work.
            guard encryptedKey.count == content.keyBytes + 8 else { return nil }
            let wrapping = try password.wrappingKey(salt: parameters.salt, iterations: parameters.iterations)
            key = try? AES.KeyWrap.unwrap(encryptedKey, using: wrapping)
        case .hpke(let hpke): key = decapsulate(hpke, parameters, encryptedKey, content)
        case .elsewhere: key = nil
        }
        guard let key, key.bitCount == content.keyBytes * 8 else { return nil }
        return key
    }

    private func unwrap(
        _ encryptedKey: [UInt8], with shared: SymmetricKey, _ parameters: KeyManagementParameters
    ) -> SymmetricKey? {
        if algorithm == .dir { return shared }
        guard algorithm.isGCMKeyWrap else { return try? AES.KeyWrap.unwrap(encryptedKey, using: shared) }
        guard parameters.nonce.count == 12, parameters.tag.count == 16,
            let nonce = try? AES.GCM.Nonce(data: parameters.nonce),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: encryptedKey, tag: parameters.tag)
        else { return nil }
        return (try? AES.GCM.open(box, using: shared)).map { SymmetricKey(data: $0) }
    }

    private func decapsulate(
        _ privateKey: HPKEPrivateKey, _ parameters: KeyManagementParameters, _ encryptedKey: [UInt8],
        _ content: ContentEncryptionAlgorithm
    ) -> SymmetricKey? {
        guard let suite = algorithm.hpkeSuite else { return nil }
        let opened = privateKey.open(
            encryptedKey, encapsulated: parameters.encapsulatedSecret, suite, info: content.recipientStructure,
            authenticating: [])
        return opened.map { SymmetricKey(data: $0) }
    }

    private func agree(
        _ privateKey: AgreementPrivateKey, _ parameters: KeyManagementParameters, _ encryptedKey: [UInt8],
        _ content: ContentEncryptionAlgorithm
    ) -> SymmetricKey? {
        guard let peer = parameters.ephemeralKey.flatMap({ try? AgreementPublicKey($0) }),
            let secret = privateKey.sharedSecret(with: peer)
        else { return nil }
        let agreed = algorithm.agreedKey(secret, parameters.apu, parameters.apv, content)
        return algorithm == .ecdhES ? agreed : try? AES.KeyWrap.unwrap(encryptedKey, using: agreed)
    }
}

/// A content key made for one token, and what its recipient needs to get at it.
struct NewContentKey {
    var key: SymmetricKey
    var encryptedKey: [UInt8] = []
    /// Members for the protected header.
    var members: [(name: String, value: JSONValue)] = []
}

extension EncryptionKey {
    /// Makes a content key.
    /// - Parameter given: the content key that another recipient has already, to be wrapped for this one too.
    /// - Throws: `operation-failed`; `key-invalid` if an exchange with the recipient's key gives zero.
    func newContentKey(
        for content: ContentEncryptionAlgorithm, apu: [UInt8] = [], apv: [UInt8] = [],
        wrapping given: SymmetricKey? = nil
    ) throws(JOSEError) -> NewContentKey {
        do {
            switch backing.recipient {
            case .shared(let shared): return try wrap(with: shared, content, given)
            case .agreement(let publicKey): return try agree(publicKey, content, apu, apv, given)
            case .rsa(let encryptor):
                let key = given ?? content.newKey()
                let padding: _RSA.Encryption.Padding = algorithm == .rsaOAEP ? .PKCS1_OAEP : .PKCS1_OAEP_SHA256
                let encrypted = try unsafe key.withUnsafeBytes {
                    try unsafe encryptor.key.encrypt($0, padding: padding)
                }
                return NewContentKey(key: key, encryptedKey: [UInt8](encrypted))
            case .oaep(let encryptor):
                let key = given ?? content.newKey()
                let encrypted = try unsafe key.withUnsafeBytes { try unsafe encryptor.encrypt($0) }
                return NewContentKey(key: key, encryptedKey: encrypted)
            case .password(let password): return try wrap(with: password, content, given)
            case .hpke(let hpke): return try encapsulate(to: hpke, content, given)
            }
        } catch let error as JOSEError {
            throw error
        } catch {
            throw JOSEError(.operationFailed, "the content key could not be encrypted")
        }
    }

    private func wrap(
        with shared: SymmetricKey, _ content: ContentEncryptionAlgorithm, _ given: SymmetricKey?
    ) throws -> NewContentKey {
        if algorithm == .dir { return NewContentKey(key: shared) }
        let key = given ?? content.newKey()
        guard algorithm.isGCMKeyWrap else {
            return NewContentKey(key: key, encryptedKey: [UInt8](try AES.KeyWrap.wrap(key, using: shared)))
        }
        let nonce = AES.GCM.Nonce()
        let box = try unsafe key.withUnsafeBytes { try unsafe AES.GCM.seal($0, using: shared, nonce: nonce) }
        return NewContentKey(
            key: key,
            encryptedKey: [UInt8](box.ciphertext),
            members: [
                ("iv", .string(Base64URL.encode([UInt8](nonce)))),
                ("tag", .string(Base64URL.encode([UInt8](box.tag)))),
            ]
        )
    }

    private func wrap(
        with password: PasswordKey, _ content: ContentEncryptionAlgorithm, _ given: SymmetricKey?
    ) throws -> NewContentKey {
        let salt = randomBytes(PasswordKey.newSaltBytes)
        let wrapping = try password.wrappingKey(salt: salt, iterations: password.iterations)
        let key = given ?? content.newKey()
        return NewContentKey(
            key: key,
            encryptedKey: [UInt8](try AES.KeyWrap.wrap(key, using: wrapping)),
            members: [
                ("p2s", .string(Base64URL.encode(salt))), ("p2c", .integer(Int64(password.iterations))),
            ]
        )
    }

    private func encapsulate(
        to publicKey: HPKEPublicKey, _ content: ContentEncryptionAlgorithm, _ given: SymmetricKey?
    ) throws -> NewContentKey {
        guard let suite = algorithm.hpkeSuite else { throw algorithm.noContentKey }
        let key = given ?? content.newKey()
        let sealed = try unsafe key.withUnsafeBytes {
            try unsafe publicKey.seal($0, suite, info: content.recipientStructure, authenticating: [])
        }
        return NewContentKey(
            key: key,
            encryptedKey: sealed.ciphertext,
            members: [("ek", .string(Base64URL.encode(sealed.encapsulated)))]
        )
    }

    private func agree(
        _ publicKey: AgreementPublicKey, _ content: ContentEncryptionAlgorithm, _ apu: [UInt8], _ apv: [UInt8],
        _ given: SymmetricKey?
    ) throws -> NewContentKey {
        let ephemeral = try AgreementPrivateKey.ephemeral(on: publicKey.curve)
        guard let secret = ephemeral.sharedSecret(with: publicKey) else {
            throw KeyMaterial.invalid("the recipient's key is of low order")
        }
        let agreed = algorithm.agreedKey(secret, apu, apv, content)
        let members: [(name: String, value: JSONValue)] = [("epk", ephemeral.publicMember)]
        guard algorithm != .ecdhES else { return NewContentKey(key: agreed, members: members) }
        let key = given ?? content.newKey()
        let wrapped = try AES.KeyWrap.wrap(key, using: agreed)
        return NewContentKey(key: key, encryptedKey: [UInt8](wrapped), members: members)
    }
}

extension ContentEncryptionAlgorithm {
    /// A new content key.
    func newKey() -> SymmetricKey { SymmetricKey(size: SymmetricKeySize(bitCount: keyBytes * 8)) }
}

extension KeyManagementAlgorithm {
    /// The key that an exchange gives: the content key itself for ECDH-ES, else the key that wraps it.
    func agreedKey(
        _ secret: AgreementSecret, _ apu: [UInt8], _ apv: [UInt8], _ content: ContentEncryptionAlgorithm
    ) -> SymmetricKey {
        let name = wrappingKeyBytes == nil ? content.rawValue : rawValue
        let keyBytes = wrappingKeyBytes ?? content.keyBytes
        return unsafe secret.withUnsafeBytes {
            unsafe ConcatKDF.derive($0, algorithm: name, apu: apu, apv: apv, keyBytes: keyBytes)
        }
    }
}

extension AgreementPrivateKey {
    /// The public half as the member `epk`.
    var publicMember: JSONValue {
        let octets = publicOctets
        guard !curve.isOctetKeyPair else {
            return ["kty": "OKP", "crv": .string(curve.rawValue), "x": .string(Base64URL.encode(octets))]
        }
        let half = octets.count / 2
        return [
            "kty": "EC",
            "crv": .string(curve.rawValue),
            "x": .string(Base64URL.encode([UInt8](octets[..<half]))),
            "y": .string(Base64URL.encode([UInt8](octets[half...]))),
        ]
    }
}
