import CPKCS11
package import JOSE
package import KeyManagement

// MARK: Keys of tokens

extension PKCS11Provider {
    /// How long a token may take to make a key pair: the primes of RSA are many attempts.
    private static let patienceForPairs = Duration.seconds(30)

    package var keyAlgorithms: Set<DeviceKeyAlgorithm> { Set(DeviceKeyAlgorithm.allCases) }

    package func makeKey(_ algorithm: DeviceKeyAlgorithm, kid: String) async throws(ProviderError) -> DeviceKey {
        let attempt = PairAttempt()
        do throws(ProviderError) {
            return try await call(.make, patience: Self.patienceForPairs) { [token, opener] session in
                try token.write(session) { session in
                    try attempt.run {
                        let made = try token.makePair(algorithm, kid: kid, session)
                        do {
                            try Self.tryOut(made.key, made.handle, opener, session)
                        } catch {
                            // A key that is of no use must not stay; if it does, it says so in the list of objects.
                            try? token.destroyPair(kid, session)
                            throw error
                        }
                        return made.key
                    } destroying: {
                        try token.destroyPair(kid, session)
                    }
                }
            }
        } catch {
            attempt.giveUp()
            throw error
        }
    }

    package func sign(_ message: [UInt8], with key: DeviceKey) async throws(ProviderError) -> [UInt8] {
        guard key.algorithm.signs else {
            throw ProviderError(.notSupported, "\(token.name(key.reference)) is for \(key.algorithm.rawValue)")
        }
        let input = key.algorithm.signingInput(message)
        return try await call(.sign(key.reference)) { [token] session in
            try Self.sign(input, key, token.privateKey(key, session), session)
        }
    }

    package func decrypt(_ ciphertext: [UInt8], with key: DeviceKey) async throws(ProviderError) -> SecretBytes {
        guard !key.algorithm.signs, let publicHalf = RSAPublicHalf(key.publicJWK) else {
            throw ProviderError(.notSupported, "\(token.name(key.reference)) is for \(key.algorithm.rawValue)")
        }
        let refusal = ProviderError(.refused, "it was not encrypted to \(token.name(key.reference)) by RSA-OAEP-256")
        guard publicHalf.admits(ciphertext) else { throw refusal }
        let opened = try await call(.decrypt(key.reference)) { [token, opener] session in
            try opener.open(ciphertext, publicHalf, token.privateKey(key, session), session)
        }
        guard let opened else { throw refusal }
        return opened
    }

    package func destroyKey(_ key: DeviceKey) async throws(ProviderError) {
        try await call(.destroy(key.reference)) { [token] session in
            try token.write(session) { session in try token.destroyPair(key.reference, session) }
        }
    }

    private static func sign(
        _ input: [UInt8], _ key: DeviceKey, _ handle: UInt, _ session: TokenSession
    ) throws -> [UInt8] {
        guard let mechanism = key.algorithm.signing else {
            throw ProviderError(.notSupported, "\(key.algorithm.rawValue) does not sign")
        }
        let expected = key.algorithm.coordinateBytes.map { 2 * $0 } ?? RSAPublicHalf(key.publicJWK)?.modulus.count
        let signature = try session.module.sign(input, mechanism, in: session.handle, key: handle)
        guard signature.count == expected else {
            throw ProviderError(
                .answerBroken,
                "expected a signature of \(expected ?? 0) octets for \(key.algorithm.rawValue), got \(signature.count)")
        }
        return signature
    }

    /// Uses a new key once: some tokens make keys that they can't use, and that must show before anything relies on them.
    private static func tryOut(
        _ key: DeviceKey, _ handle: UInt, _ opener: ContentKeyOpener, _ session: TokenSession
    ) throws {
        if key.algorithm.signs {
            _ = try sign(key.algorithm.signingInput([]), key, handle, session)
        } else if let publicHalf = RSAPublicHalf(key.publicJWK) {
            try opener.foundWay(publicHalf, handle, session)
        }
    }
}
