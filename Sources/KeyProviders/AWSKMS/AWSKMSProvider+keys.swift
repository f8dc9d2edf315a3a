import JOSE
import KeyManagement

/// Key pairs that are made in KMS and stay there.
extension AWSKMSProvider {
    var keyAlgorithms: Set<DeviceKeyAlgorithm> { Set(DeviceKeyAlgorithm.allCases) }

    func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        // Made twice, one of the two would cost money for good.
        let pair = try await calls.call(.make, isRepeatable: false) { () throws(ProviderError) in
            let answer = try await client.call(.createKey, nil, KMSKeyPair.making(algorithm, kid: kid))
            guard let arn = answer["KeyMetadata"]?.objectValue?["Arn"]?.stringValue, let key = KMSKeyName(arn) else {
                throw client.broken("CreateKey without an ARN")
            }
            return KMSKeyPair(key: key, algorithm: algorithm)
        }
        do throws(ProviderError) {
            let jwk = try await publicJWK(of: pair)
            return DeviceKey(reference: pair.key.text, algorithm: algorithm, publicJWK: jwk)
        } catch {
            // Nobody will know of it.
            try? await scheduleDeletion(of: pair)
            throw error
        }
    }

    func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] {
        let pair = try KMSKeyPair(key)
        let members = pair.signing(try pair.algorithm.signing(message, pair.key.text))
        return try await calls.call(.sign(pair.key.text)) { () throws(ProviderError) in
            let answer = try await client.call(.sign, pair.key, members)
            guard let octets = answer["Signature"]?.stringValue.flatMap({ Base64.decode($0) }),
                let signature = pair.signature(octets)
            else { throw client.broken("Sign without a signature of \(pair.algorithm.rawValue)") }
            return signature
        }
    }

    func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes {
        let pair = try KMSKeyPair(key)
        try pair.algorithm.checkCiphertext(ciphertext, pair.key.text)
        let members: JSONObject = [
            "CiphertextBlob": .string(Base64.encode(ciphertext)),
            "EncryptionAlgorithm": .string("RSAES_OAEP_SHA_256"),
        ]
        return try await calls.call(.decrypt(pair.key.text)) { () throws(ProviderError) in
            let answer: JSONObject
            do throws(ProviderError) {
                answer = try await client.call(.decrypt, pair.key, members)
            } catch {
                throw error.code == .refused ? DeviceKeyAlgorithm.refusal(pair.key.text) : error
            }
            guard let text = answer["Plaintext"]?.stringValue else {
                throw client.broken("Decrypt without a plaintext")
            }
            // Whoever has the public key decides what is in a ciphertext: what is no content key is theirs to answer for.
            guard let secret = Base64.secret(text), DeviceKeyAlgorithm.contentKeyOctets.contains(secret.count) else {
                throw DeviceKeyAlgorithm.refusal(pair.key.text)
            }
            return secret
        }
    }

    func destroyKey(_ key: DeviceKey) async throws(ProviderError) {
        try await scheduleDeletion(of: KMSKeyPair(key))
    }

    private func scheduleDeletion(of pair: KMSKeyPair) async throws(ProviderError) {
        try await calls.call(.destroy(pair.key.text)) { () throws(ProviderError) in
            do throws(ProviderError) {
                let days: JSONObject = ["PendingWindowInDays": .integer(KMSKeyPair.pendingDays)]
                _ = try await client.call(.scheduleKeyDeletion, pair.key, days)
            } catch {
                switch error.code {
                case .keyMissing: return
                // Also when it is to be deleted already.
                case .keyDisabled where try await state(of: pair.key) == "PendingDeletion": return
                default: throw error
                }
            }
        }
    }

    private func publicJWK(of pair: KMSKeyPair) async throws(ProviderError) -> JWK {
        try await calls.call(.make) { () throws(ProviderError) in
            let answer: JSONObject
            do throws(ProviderError) {
                answer = try await client.call(.getPublicKey, pair.key)
            } catch {
                // What was made a moment ago is not everywhere at once.
                guard error.code == .keyMissing else { throw error }
                throw ProviderError(.unreachable, "\(client.place) does not know the new key \(pair.key.text) yet")
            }
            guard let der = answer["PublicKey"]?.stringValue.flatMap({ Base64.decode($0) }),
                let jwk = try? JWK(der: der, form: .subjectPublicKeyInfo), pair.algorithm.fits(jwk)
            else { throw client.broken("GetPublicKey without a public key for \(pair.algorithm.rawValue)") }
            return jwk
        }
    }

    /// The state of a key, as `DescribeKey` says.
    private func state(of key: KMSKeyName) async throws(ProviderError) -> String? {
        try await client.call(.describeKey, key)["KeyMetadata"]?.objectValue?["KeyState"]?.stringValue
    }
}
