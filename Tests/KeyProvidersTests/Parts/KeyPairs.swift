import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

/// What is done with the key pairs of every provider, as the program does it.
enum KeyPairs {
    static let (kid, otherKid) = ("abcdefghijklmnopqrst-_", "ABCDEFGHIJKLMNOPQRST-_")

    /// A key's public half as it is published.
    static func published(_ key: DeviceKey) throws -> JWK {
        var object = key.publicJWK.object(includingPrivate: false)
        object["kid"] = .string(kid)
        object["alg"] = .string(key.algorithm.rawValue)
        return try JWK(object)
    }

    /// Makes a token by a signing key and opens it by an encryption key, both in the device.
    static func roundTrip(
        _ provider: any KeyProvider, _ signing: DeviceKey, _ encryption: DeviceKey,
        _ content: ContentEncryptionAlgorithm = .a256GCM
    ) async throws -> OpenedToken {
        let verification = try VerificationKey(published(signing))
        let unsigned = try NestedToken.unsigned(claims: Array(#"{"sub":"a"}"#.utf8), key: verification)
        let signature = try await provider.sign(unsigned.signingInput, with: signing)
        let token = try unsigned.sealed(
            signature: signature, encryptionKey: EncryptionKey(published(encryption)), contentEncryption: content)
        let locked = try NestedToken.locate(
            Array(token.utf8).span,
            decryptionKeys: KeyDirectory([DecryptionKey(heldElsewhere: published(encryption))]),
            contentEncryption: [content])
        let contentKey = try await provider.decrypt(locked.encryptedKey, with: encryption)
        return try locked.open(contentKey: contentKey, verificationKeys: KeyDirectory([verification]))
    }

    /// A content key, encrypted to a key.
    static func ciphertext(for key: DeviceKey) throws -> [UInt8] {
        let text = try JWE.encrypt([1], key: EncryptionKey(published(key)), contentEncryption: .a256GCM)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return try Base64URL.decode(String(try #require(parts.dropFirst().first)))
    }

    static func code(_ body: () async throws -> Void) async -> ProviderError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? ProviderError)?.code }
    }

    /// Junk of any length, and what is for another key, is refused in the same words, and breaks no circuit.
    static func checkJunk(_ provider: any KeyProvider, _ key: DeviceKey, other: DeviceKey) async throws {
        var junk = (0...1100).filter { $0 % 97 == 0 || (380...388).contains($0) }.map {
            [UInt8](repeating: 0x5a, count: $0)
        }
        junk += [[UInt8](repeating: 0, count: 384), [UInt8](repeating: 0xff, count: 384)]
        // More than the failures in a row that open a circuit breaker.
        junk += try (0..<20).map { _ in try ciphertext(for: other) }
        let ours = try ciphertext(for: key)
        junk += [Array(ours.dropLast()), ours + [0], Array(ours.dropLast()) + [(ours.last ?? 0) ^ 1]]
        let before = provider.statistics
        var errors: Set<ProviderError> = []
        for octets in junk {
            do {
                _ = try await provider.decrypt(octets, with: key)
                Issue.record("\(octets.count) octets were opened")
            } catch { errors.insert(error) }
        }
        #expect(errors.map(\.code) == [.refused], "\(errors)")
        #expect(provider.statistics.isAvailable && provider.statistics.retried == 0)
        let after = provider.statistics
        #expect(after.failed == before.failed && after.faultInUse == before.faultInUse)
        #expect(try await provider.decrypt(ours, with: key).count == 32)
    }

    /// Signs, or opens, a hundred times at once.
    static func checkMany(_ provider: any KeyProvider, _ signing: DeviceKey, _ encryption: DeviceKey) async throws {
        let ours = try ciphertext(for: encryption)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<100 {
                group.addTask {
                    index.isMultiple(of: 2)
                        ? try await provider.decrypt(ours, with: encryption).count
                        : try await provider.sign([UInt8(index)], with: signing).count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(count == 50 * 32 + 50 * signing.algorithm.signatureOctets)
    }
}
