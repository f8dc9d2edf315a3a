import Testing

@testable import JOSE

@Suite("Tampering with a nested token")
struct NestedTokenTamperingTests {
    static let quick: [TokenProfile] = [
        .symmetric, .asymmetric,
        TokenProfile(signing: "HS512", encryption: "A256GCM", content: .a256GCM),
        TokenProfile(signing: "Ed25519", encryption: "A256GCMKW", content: .a128CBCHS256),
        TokenProfile(signing: "ES256", encryption: "ECDH-ES+A256KW", content: .a256CBCHS512, curve: "P-256"),
    ]

    @Test("in any one octet is noticed", arguments: quick)
    func everyOctet(profile: TokenProfile) throws {
        let keys = try TokenKeys(profile)
        let token = octets(try keys.seal())
        #expect(throws: Never.self) { try keys.open(token) }
        for index in token.indices {
            for change in [UInt8(1), 2, 4, 32, 128] {
                var changed = token
                changed[index] ^= change
                #expect(throws: JOSEError.self, "octet \(index) changed by \(change)") { try keys.open(changed) }
            }
        }
    }

    @Test("by cutting or adding is noticed", arguments: quick)
    func everyLength(profile: TokenProfile) throws {
        let keys = try TokenKeys(profile)
        let token = octets(try keys.seal())
        for count in 0..<token.count {
            #expect(throws: JOSEError.self, "the first \(count)") { try keys.open([UInt8](token.prefix(count))) }
        }
        for index in stride(from: 0, through: token.count, by: 7) {
            for octet in octets("A.=\n_") {
                var changed = token
                changed.insert(octet, at: index)
                #expect(throws: JOSEError.self, "\(octet) put in at \(index)") { try keys.open(changed) }
            }
        }
    }

    @Test("in any one octet of the token inside is noticed, though its encryption holds")
    func innerOctets() throws {
        let keys = try TokenKeys(.symmetric)
        let inner = try JWS.seal(
            octets(#"{"sub":"a"}"#).span, NestedHeaders.inner(kid: keys.signing.kid ?? "", type: "at+jwt"), keys.signing
        )
        func sealed(_ text: [UInt8]) throws -> [UInt8] {
            try JWE.seal(text.span, NestedHeaders.outer(kid: keys.encryption.kid ?? ""), keys.encryption, .a256GCM)
        }
        #expect(throws: Never.self) { try keys.open(sealed(inner)) }
        for index in inner.indices {
            for change in [UInt8(1), 2, 32] {
                var changed = inner
                changed[index] ^= change
                #expect(throws: JOSEError.self, "octet \(index) changed by \(change)") {
                    try keys.open(sealed(changed))
                }
            }
        }
        for count in 0..<inner.count {
            #expect(throws: JOSEError.self) { try keys.open(sealed([UInt8](inner.prefix(count)))) }
        }
    }

    @Test("by chance never traps and never succeeds", arguments: quick)
    func chance(profile: TokenProfile) throws {
        let keys = try TokenKeys(profile)
        let token = octets(try keys.seal())
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<4_000 {
            var changed = token
            mutate(&changed, &generator)
            guard changed != token else { continue }
            #expect(throws: JOSEError.self) { try keys.open(changed) }
        }
    }

    @Test("with its headers alone never traps")
    func headers() throws {
        var generator = SeededGenerator(seed: 5)
        for profile in Self.quick {
            let keys = try TokenKeys(profile)
            let parts = try keys.seal().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            let header = try Base64URL.decode(parts[0])
            for _ in 0..<2_000 {
                var changed = header
                mutate(&changed, &generator)
                guard changed != header else { continue }
                let token = ([Base64URL.encode(changed)] + parts[1...]).joined(separator: ".")
                #expect(throws: JOSEError.self) { try keys.open(token) }
            }
        }
    }

    @Test("is not helped by what directories know of their own headers", arguments: TokenProfile.all)
    func knownHeaders(profile: TokenProfile) throws {
        let keys = try TokenKeys(profile)
        let token = octets(try keys.seal())
        let parts = try CompactJWEParts(token.span)
        let outer = token.span.extracting(parts.header).copied()
        let known = keys.decryption.backing.knownHeaders.outer?[outer.span]
        #expect((known != nil) == keys.decryption.keys[0].algorithm.hasConstantHeader)
        let parsed = try OuterHeader.parse(outer.span, keys.decryption.backing.table, .accessToken)
        if let known {
            #expect(known.key.kid == parsed.key.kid && known.contentEncryption == parsed.contentEncryption)
        }
    }
}
