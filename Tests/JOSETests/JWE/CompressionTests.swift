import Testing

@testable import JOSE

@Suite("Compression")
struct CompressionTests {
    private func policy(_ limits: TokenLimits = .default, accepts: Bool = true) -> DecryptionPolicy {
        DecryptionPolicy(
            algorithms: [.a128KW], contentEncryption: [.a128GCM], dangerouslyAcceptsCompression: accepts,
            limits: limits)
    }

    /// Encrypts octets as if they were compressed text.
    private func seal(_ compressed: [UInt8], _ jwk: JWK) throws -> String {
        var draft = JWEDraft(protected: ["alg": "A128KW", "enc": "A128GCM", "zip": "DEF"], shared: [:])
        let wrapped = try EncryptionKey(jwk).newContentKey(for: .a128GCM)
        draft.add(header: [:], encryptedKey: wrapped.encryptedKey)
        return try draft.seal(compressed, wrapped.key, .a128GCM, nonce: randomBytes(12), .compact)
    }

    @Test("comes back, whatever its length", arguments: [0, 1, 100, 16_383, 16_384, 16_385, 250_000])
    func roundTrip(count: Int) throws {
        let jwk = try JWK.generate(algorithm: "A128KW")
        for plaintext in [randomBytes(count), [UInt8](repeating: 65, count: count)] {
            let token = try JWE.encrypt(
                plaintext, as: .compact, recipients: [JWERecipient(key: EncryptionKey(jwk))],
                contentEncryption: .a128GCM, compression: .deflateRevealingContentByLength)
            let opened = try JWE.decrypt(token, key: DecryptionKey(jwk), policy: policy())
            #expect(opened.plaintext == plaintext && opened.isCompressed)
            #expect(throws: JOSEError(.compressionNotAllowed, "")) {
                try JWE.decrypt(token, key: DecryptionKey(jwk), policy: policy(accepts: false))
            }
            #expect(throws: JOSEError(.headerInvalid, "")) { try JWE.decrypt(token, key: DecryptionKey(jwk)) }
        }
    }

    @Test("stops at its bound, to the octet")
    func bound() throws {
        let compressed = try Deflater.deflate([UInt8](repeating: 0, count: 100_000))
        #expect(try Inflater.inflate(compressed, limit: 100_000).count == 100_000)
        #expect(throws: Inflater.Failure.tooLarge) { try Inflater.inflate(compressed, limit: 99_999) }
        #expect(throws: Inflater.Failure.tooLarge) { try Inflater.inflate(compressed, limit: 0) }
        #expect(try Inflater.inflate(Deflater.deflate([]), limit: 0).isEmpty)
        let jwk = try JWK.generate(algorithm: "A128KW")
        let token = try seal(Deflater.deflate([UInt8](repeating: 0, count: 250_001)), jwk)
        #expect(throws: JOSEError(.plaintextTooLarge, "")) {
            try JWE.decrypt(token, key: DecryptionKey(jwk), policy: policy())
        }
        let wide = TokenLimits(tokenBytes: 1 << 16, headerBytes: 1000, inflatedBytes: 250_001)
        #expect(try JWE.decrypt(token, key: DecryptionKey(jwk), policy: policy(wide)).plaintext.count == 250_001)
    }

    @Test("that is cut off, damaged, continued or in another wrapping fails as every decryption fails")
    func malformed() throws {
        let jwk = try JWK.generate(algorithm: "A128KW")
        let key = try DecryptionKey(jwk)
        let good = try Deflater.deflate(randomBytes(1000))
        var bad: [[UInt8]] = [
            [], [0xFF], [0x07], good + [0], good + good, [0x78, 0x9C] + good, [0x1F, 0x8B, 8, 0] + good,
        ]
        for count in [1, 2, good.count / 2, good.count - 1] { bad.append([UInt8](good.prefix(count))) }
        for octets in bad {
            #expect(throws: JOSEError(.decryptionFailed, ""), "\(octets.count)") {
                try JWE.decrypt(seal(octets, jwk), key: key, policy: policy())
            }
        }
    }
}
