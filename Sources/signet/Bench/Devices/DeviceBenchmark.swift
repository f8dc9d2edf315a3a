import JOSE
import KeyManagement

/// Signs and opens by a device's keys, as profile `kms` does for each token.
struct DeviceBenchmark {
    /// Callers at once, in the second measurement.
    static let callers = 16

    let device: BenchDevice
    /// The time of each measurement.
    let milliseconds: Int

    /// What came out.
    struct Figures {
        /// One caller after the other's answer; many callers.
        let seal: CallFigures
        let manySeals: CallFigures
        let open: CallFigures
        let manyOpens: CallFigures
    }

    func run() async throws -> Figures {
        let provider = device.provider
        let signing = try await provider.makeKey(.es256, kid: JWK.randomKeyID())
        let encryption = try await provider.makeKey(.rsaOAEP256, kid: JWK.randomKeyID())
        let figures = try await measure(signing, encryption)
        try? await provider.destroyKey(signing)
        try? await provider.destroyKey(encryption)
        return figures
    }

    private func measure(_ signing: DeviceKey, _ encryption: DeviceKey) async throws -> Figures {
        let provider = device.provider
        let token = try DeviceToken(signing: signing, encryption: encryption)
        let verification = token.verification
        let seal: @Sendable () async throws -> Void = {
            let signature = try await provider.sign(token.unsigned.signingInput, with: signing)
            _ = try token.unsigned.sealed(signature: signature, encryptionKey: token.encryptionKey)
        }
        let signature = try await provider.sign(token.unsigned.signingInput, with: signing)
        let text = try token.unsigned.sealed(signature: signature, encryptionKey: token.encryptionKey)
        let octets = Array(text.utf8)
        let open: @Sendable () async throws -> Void = {
            let locked = try NestedToken.locate(
                octets.span, decryptionKeys: token.decryption, contentEncryption: [.a256GCM])
            let contentKey = try await provider.decrypt(locked.encryptedKey, with: encryption)
            _ = try locked.open(contentKey: contentKey, verificationKeys: verification)
        }
        return Figures(
            seal: try await CallFigures.measure(1, milliseconds, seal),
            manySeals: try await CallFigures.measure(Self.callers, milliseconds, seal),
            open: try await CallFigures.measure(1, milliseconds, open),
            manyOpens: try await CallFigures.measure(Self.callers, milliseconds, open))
    }
}

/// A token before its signature, and the public halves of its keys.
private struct DeviceToken {
    let unsigned: UnsignedToken
    let encryptionKey: EncryptionKey
    let decryption: KeyDirectory<DecryptionKey>
    let verification: KeyDirectory<VerificationKey>

    init(signing: DeviceKey, encryption: DeviceKey) throws {
        let signingJWK = try Self.named(signing, "signing")
        let encryptionJWK = try Self.named(encryption, "encryption")
        unsigned = try NestedToken.unsigned(claims: BenchToken.claims, key: VerificationKey(signingJWK))
        encryptionKey = try EncryptionKey(encryptionJWK)
        decryption = try KeyDirectory([DecryptionKey(heldElsewhere: encryptionJWK)])
        verification = try KeyDirectory([VerificationKey(signingJWK)])
    }

    private static func named(_ key: DeviceKey, _ kid: String) throws -> JWK {
        var members = key.publicJWK.object(includingPrivate: false)
        members["kid"] = .string(kid)
        members["alg"] = .string(key.algorithm.rawValue)
        return try JWK(members)
    }
}
