package import JOSE
package import KeyManagement

/// Key pairs that are made in the server and stay there.
extension TransitProvider {
    package var keyAlgorithms: Set<DeviceKeyAlgorithm> { Set(DeviceKeyAlgorithm.allCases) }

    package func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        let pair = TransitKeyPair(name: settings.keyPrefix + kid, algorithm: algorithm)
        let place = settings.place(of: pair.name)
        guard TransitSettings.isSegment(pair.name[...]) else {
            throw ProviderError(.configurationInvalid, "\(place): a key can't have this name")
        }
        let jwk = try await calls.call(.make) { () throws(ProviderError) in
            // Making a key that is there already changes nothing, so this can be repeated.
            let made = try await self.ask("POST", "keys/\(pair.name)", body: SecretBytes(pair.making.serialized()))
            // An unknown type is 400 with words about it.
            if made.status == 400 {
                throw ProviderError(.notSupported, "\(place): the server makes no \(pair.type)\(made.quoted)")
            }
            guard made.status == 200 || made.status == 204 else {
                throw self.failure(made, "update on \(self.path("keys", self.everyPair))", place)
            }
            // What is in the answer depends on the server: Vault and OpenBao agree on what is read.
            guard let answer = try await self.read(pair.name, place) else {
                throw ProviderError(.answerBroken, "\(place) was made, and is not there")
            }
            return try pair.publicJWK(answer, place)
        }
        return DeviceKey(reference: pair.name, algorithm: algorithm, publicJWK: jwk)
    }

    package func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] {
        let pair = try TransitKeyPair(key)
        let place = settings.place(of: pair.name)
        let body = SecretBytes(pair.signing(try pair.algorithm.signing(message, place)).serialized())
        return try await calls.call(.sign(pair.name)) { () throws(ProviderError) in
            let operation = "sign/\(pair.name)/\(pair.hash)"
            let answer = try await self.ask("POST", operation, body: body)
            switch answer.status {
            case 200: return try pair.signature(answer, place)
            case 400: throw try await self.complaint(answer, of: pair, place)
            default: throw self.failure(answer, "update on \(self.path("sign", self.everyPair))", place)
            }
        }
    }

    package func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes {
        let pair = try TransitKeyPair(key)
        let place = settings.place(of: pair.name)
        try pair.algorithm.checkCiphertext(ciphertext, place)
        let text = "vault:v\(TransitKeyPair.version):\(Base64.encode(ciphertext))"
        let body = SecretBytes(JSONObject([("ciphertext", .string(text))]).serialized())
        return try await calls.call(.decrypt(pair.name)) { () throws(ProviderError) in
            let answer = try await self.ask("POST", "decrypt/\(pair.name)", body: body)
            switch answer.status {
            case 200: return try self.contentKey(answer, place)
            // Anybody can send such a thing: it says nothing of the server, and is not asked again.
            case _ where answer.saysNotDecrypted: throw DeviceKeyAlgorithm.refusal(place)
            case 400: throw try await self.complaint(answer, of: pair, place)
            default: throw self.failure(answer, "update on \(self.path("decrypt", self.everyPair))", place)
            }
        }
    }

    package func destroyKey(_ key: DeviceKey) async throws(ProviderError) {
        let pair = try TransitKeyPair(key)
        let place = settings.place(of: pair.name)
        try await calls.call(.destroy(pair.name)) { () throws(ProviderError) in
            let allow = SecretBytes(JSONObject([("deletion_allowed", .bool(true))]).serialized())
            let steps = [("POST", "keys/\(pair.name)/config", allow), ("DELETE", "keys/\(pair.name)", nil)]
            for (method, operation, body) in steps {
                let answer = try await self.ask(method, operation, body: body)
                switch answer.status {
                case 200, 204: continue
                case 400, 404:
                    // The server says the same to a key that is gone and to what it does not like.
                    if try await self.read(pair.name, place) == nil { return }
                    throw answer.failure(place)
                default:
                    let path = self.path("keys", self.everyPair)
                    throw self.failure(
                        answer, method == "DELETE" ? "delete on \(path)" : "update on \(path)/config", place)
                }
            }
        }
    }

    /// How a policy names the key pairs.
    private var everyPair: String { settings.keyPrefix + "*" }

    private func contentKey(_ answer: TransitAnswer, _ place: String) throws(ProviderError) -> SecretBytes {
        // The text that the JSON reader made of it is the one copy that is beyond wiping.
        guard let text = try answer.member("data", place)["plaintext"]?.stringValue else {
            throw ProviderError(.answerBroken, "\(place): expected a plaintext in Base64")
        }
        // Whoever has the public key decides what is in a ciphertext: what is no content key is theirs to answer for.
        guard let secret = Base64.secret(text), DeviceKeyAlgorithm.contentKeyOctets.contains(secret.count) else {
            throw DeviceKeyAlgorithm.refusal(place)
        }
        return secret
    }

    /// Why the server finds a request wrong that is as it must be: it is the key.
    private func complaint(
        _ answer: TransitAnswer, of pair: TransitKeyPair, _ place: String
    ) async throws(ProviderError) -> ProviderError {
        let found: TransitAnswer?
        do throws(ProviderError) {
            found = try await read(pair.name, place)
        } catch {
            guard error.code == .denied else { throw error }
            return ProviderError(
                .keyDisabled,
                "\(place) can't be used\(answer.quoted), and the token may not read the key, which would tell more")
        }
        guard let found else {
            return ProviderError(
                .keyMissing,
                "there is no key \(place): it was deleted, or mount or namespace is another one now; put it back from a "
                    + "backup of the server, or rotate the keys")
        }
        do throws(ProviderError) { _ = try pair.publicJWK(found, place) } catch { return error }
        return ProviderError(
            .keyDisabled,
            "\(place) can't be used\(answer.quoted): its version \(TransitKeyPair.version) must be allowed by "
                + "min_decryption_version and min_encryption_version")
    }

    /// What the server says about a key; nil when there is none.
    private func read(_ name: String, _ place: String) async throws(ProviderError) -> TransitAnswer? {
        let answer = try await ask("GET", "keys/\(name)")
        switch answer.status {
        case 200: return answer
        // A missing mount or namespace is told in words, a missing key by silence.
        case 404 where answer.complaint.isEmpty: return nil
        default: throw failure(answer, "read on \(path("keys", everyPair))", place)
        }
    }
}
