import Testing

@testable import JOSE

/// The classes of vulnerability that token libraries have had, one test for each. Each fails when its check is taken
/// out of the sources.
@Suite("Past vulnerabilities of token libraries")
struct SecurityChecklistTests {
    private let mac: SigningKey
    private let macKey: VerificationKey
    private let wrapping: JWK
    private let signatures = SignaturePolicy(algorithms: Set(SignatureAlgorithm.allCases))
    private let encryptions = DecryptionPolicy(
        algorithms: Set(KeyManagementAlgorithm.allCases), contentEncryption: ContentEncryptionAlgorithm.all)

    init() throws {
        mac = try SigningKey(JWK.generate(algorithm: "HS256", kid: "m"))
        macKey = try VerificationKey(of: mac)
        wrapping = try JWK.generate(algorithm: "A256KW", kid: "w")
    }

    private func encoded(_ text: String) -> String { Base64URL.encode(octets(text)) }

    private func signed(_ header: String, _ payload: String = "x", by key: SigningKey? = nil) throws -> String {
        let input = "\(encoded(header)).\(encoded(payload))"
        return "\(input).\(Base64URL.encode(try (key ?? mac).sign(octets(input).span)))"
    }

    private func verify(_ token: String, as form: TokenSerialization = .compact) throws(JOSEError) -> VerifiedJWS {
        try JWS.verify(token, as: form, key: macKey, policy: signatures)
    }

    private func decrypt(_ token: String, as form: TokenSerialization = .compact) throws(JOSEError) -> DecryptedJWE {
        try JWE.decrypt(token, as: form, key: DecryptionKey(wrapping), policy: encryptions)
    }

    /// The parts of a token for `wrapping`.
    private func sealed(
        _ plaintext: String = "x", _ content: ContentEncryptionAlgorithm = .a256GCM, header: JSONObject = [:]
    ) throws -> [String] {
        let token = try JWE.encrypt(
            octets(plaintext), header: header, key: EncryptionKey(wrapping), contentEncryption: content)
        return token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    @Test("none: no spelling of it is an algorithm, with or without a signature")
    func none() throws {
        for name in ["none", "None", "NONE", "nOnE", "noNE", "none ", "n\\u006fne", ""] {
            for signature in ["", "AA", encoded(String(repeating: "x", count: 32))] {
                let token = "\(encoded("{\"alg\":\"\(name)\"}")).\(encoded("x")).\(signature)"
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try verify(token) }
                #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWS.verify(token, key: macKey) }
            }
        }
    }

    @Test("sign/encrypt confusion: neither entry point takes the other's tokens, nor a key the other's use")
    func confusion() throws {
        let sealed = try sealed().joined(separator: ".")
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(sealed) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(try signed(#"{"alg":"HS256"}"#)) }
        // Names of the other kind.
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try verify(try signed(#"{"alg":"A256KW"}"#)) }
        var parts = sealed.split(separator: ".").map(String.init)
        parts[0] = encoded(#"{"alg":"HS256","enc":"A256GCM"}"#)
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try decrypt(parts.joined(separator: ".")) }
        // A JWE sealed with a public RSA key is no proof, and a key says what it is for.
        for use in ["sig", "enc", "other"] {
            let jwk = try JWK(
                JWK.generate(algorithm: "ES256").object(includingPrivate: true)
                    .with("use", .string(use)).with("alg", nil))
            if use != "sig" {
                #expect(throws: JOSEError(.keyUseMismatch, "")) { try VerificationKey(jwk, algorithm: .es256) }
            }
            if use != "enc" {
                #expect(throws: JOSEError(.keyUseMismatch, "")) { try DecryptionKey(jwk, algorithm: .ecdhES) }
            }
        }
    }

    @Test("compact/JSON polyglot: no text is two tokens, and a message without signatures is none")
    func polyglot() throws {
        let token = try signed(#"{"alg":"HS256"}"#)
        let parts = token.split(separator: ".").map(String.init)
        let flattened = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        #expect(throws: Never.self) { try verify(flattened, as: .flattened) }
        for form in [TokenSerialization.flattened, .general] {
            #expect(throws: JOSEError(.jsonInvalid, "")) { try verify(token, as: form) }
        }
        // CVE-2022-39227: a JSON text whose dots make it look compact.
        let disguised = #"{"  \#(parts[0]).\#(parts[1]).\#(parts[2])":"","payload":"AA"}"#
        #expect(throws: JOSEError.self) { try verify(disguised) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(disguised, as: .flattened) }
        let both = flattened.dropLast() + #","signatures":[]}"#
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(String(both), as: .flattened) }
        for requirement in [SignatureRequirement.anyOne, .every] {
            for empty in [#"{"payload":"AA","signatures":[]}"#, #"{"payload":"AA"}"#] {
                #expect(throws: JOSEError(.tokenMalformed, "")) {
                    try JWS.verify(empty, as: .general, key: macKey, policy: signatures, requiring: requirement)
                }
            }
        }
        // RFC 7516 section 9: by these members a JWS is told from a JWE, so a text with those of both is neither.
        let asJWE = flattened.dropLast() + #","ciphertext":"AA"}"#
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(String(asJWE), as: .flattened) }
        for member in [#""payload":"AA""#, #""signatures":[]"#] {
            let text = #"{"protected":"e30","iv":"AA","ciphertext":"AA","tag":"AA",\#(member)}"#
            #expect(throws: JOSEError(.tokenMalformed, "")) { try JWE.decodeUnverified(text, as: .flattened) }
        }
        let policy = JWTPolicy(algorithms: [.hs256], claims: ClaimsPolicy(requiredClaims: []))
        #expect(throws: JOSEError.self) { try JWT.verify(flattened, key: macKey, policy: policy) }
        #expect(throws: JOSEError.self) { try JWT.verify(disguised, key: macKey, policy: policy) }
    }

    @Test("unprotected alg: what decides about keys is covered by the signature or the encryption")
    func unprotectedAlgorithm() throws {
        let signature = Base64URL.encode(try mac.sign(octets(".eA").span))
        let bare = #"{"payload":"eA","header":{"alg":"HS256"},"signature":"\#(signature)"}"#
        #expect(throws: JOSEError(.headerUnprotected, "")) { try verify(bare, as: .flattened) }
        for (protected, shared) in [
            (["enc": "A256GCM"], ["alg": "A256KW"]), (["alg": "A256KW"], ["enc": "A256GCM"]),
            ([:], ["alg": "A256KW", "enc": "A256GCM"]),
        ] as [(JSONObject, JSONObject)] {
            var draft = JWEDraft(protected: protected, shared: shared)
            let wrapped = try EncryptionKey(wrapping).newContentKey(for: .a256GCM)
            draft.add(header: [:], encryptedKey: wrapped.encryptedKey)
            let token = try draft.seal(octets("x"), wrapped.key, .a256GCM, nonce: randomBytes(12), .flattened)
            #expect(throws: JOSEError(.headerUnprotected, "")) { try decrypt(token, as: .flattened) }
        }
    }

    @Test("crit: unknown, empty, twice, unprotected and registered names are refused")
    func crit() throws {
        let cases: [(String, JOSEError.Code)] = [
            (#""crit":["x"],"x":1"#, .criticalUnknown), (#""crit":[]"#, .headerInvalid),
            (#""crit":["b64","b64"],"b64":true"#, .headerInvalid), (#""crit":["x"]"#, .headerInvalid),
            (#""crit":["alg"]"#, .headerInvalid), (#""crit":"x","x":1"#, .headerInvalid),
        ]
        for (members, code) in cases {
            let token = try signed("{\"alg\":\"HS256\",\(members)}")
            #expect(throws: JOSEError(code, ""), "\(members)") { try verify(token) }
            #expect(throws: JOSEError(.headerInvalid, "")) { try JWS.verify(token, key: macKey) }
        }
        let parts = try signed(#"{"alg":"HS256"}"#).split(separator: ".").map(String.init)
        let flattened = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])""#
        #expect(throws: JOSEError(.headerUnprotected, "")) {
            try verify(flattened + #","header":{"crit":["x"],"x":1}}"#, as: .flattened)
        }
    }

    @Test("zip bomb: nothing is inflated unless it was asked for, and then to a bound")
    func zipBomb() throws {
        let bomb = try JWE.encrypt(
            [UInt8](repeating: 0, count: 8 << 20), as: .compact,
            recipients: [JWERecipient(key: EncryptionKey(wrapping))], contentEncryption: .a256GCM,
            compression: .deflateRevealingContentByLength)
        #expect(bomb.utf8.count < 16_000)
        #expect(throws: JOSEError(.compressionNotAllowed, "")) { try decrypt(bomb) }
        #expect(throws: JOSEError(.headerInvalid, "")) { try JWE.decrypt(bomb, key: DecryptionKey(wrapping)) }
        var open = encryptions
        open.dangerouslyAcceptsCompression = true
        #expect(throws: JOSEError(.plaintextTooLarge, "")) {
            try JWE.decrypt(bomb, key: DecryptionKey(wrapping), policy: open)
        }
        var parts = try sealed()
        parts[0] = encoded(#"{"alg":"A256KW","enc":"A256GCM"}"#)
        let unprotected =
            #"{"protected":"\#(parts[0])","unprotected":{"zip":"DEF"},"encrypted_key":"\#(parts[1])","#
            + #""iv":"\#(parts[2])","ciphertext":"\#(parts[3])","tag":"\#(parts[4])"}"#
        #expect(throws: JOSEError(.headerUnprotected, "")) {
            try JWE.decrypt(unprotected, as: .flattened, key: DecryptionKey(wrapping), policy: open)
        }
    }

    @Test("p2c: a stranger orders no work beyond the bound, by one recipient or by many")
    func iterations() throws {
        let password = try PasswordKey(
            SecretBytes(octets("correct horse")), algorithm: .pbes2HS256A128KW, iterations: 1000)
        let key = DecryptionKey(password)
        let policy = DecryptionPolicy(algorithms: [.pbes2HS256A128KW], contentEncryption: [.a256GCM])
        for count in [600_001, 99_999_999, Int64.max] {
            var parts = try sealed()
            parts[0] = encoded(
                #"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2s":"AAAAAAAAAAA","p2c":\#(count)}"#)
            #expect(throws: JOSEError(.headerInvalid, "")) {
                try JWE.decrypt(parts.joined(separator: "."), key: key, policy: policy)
            }
        }
        // Two strangers' passwords come first: the third, which would open it, is not tried when two are too much already.
        let stranger = try PasswordKey(SecretBytes(octets("another")), algorithm: .pbes2HS256A128KW, iterations: 1000)
        let many = try JWE.encrypt(
            octets("x"), as: .general,
            recipients: [stranger, stranger, password].map { JWERecipient(key: EncryptionKey($0)) },
            contentEncryption: .a256GCM)
        var bounded = policy
        bounded.limits.pbes2Count = 1000
        #expect(throws: JOSEError(.decryptionFailed, "")) {
            try JWE.decrypt(many, as: .general, key: key, policy: bounded)
        }
        bounded.limits.pbes2Count = 1500
        #expect(try JWE.decrypt(many, as: .general, key: key, policy: bounded).plaintext == octets("x"))
    }

    @Test("oversize and dots: bounded before anything is decoded, b64=false and detached payloads too")
    func oversize() throws {
        let limits = TokenLimits(tokenBytes: 2000, headerBytes: 500)
        let policy = SignaturePolicy(algorithms: [.hs256], limits: limits)
        let large = octets(String(repeating: "a", count: 2000))
        for isEncoded in [true, false] {
            for form in TokenSerialization.allCases {
                let token = try JWS.sign(payload: large, as: form, signers: [JWSSigner(key: mac)], isEncoded: isEncoded)
                #expect(throws: JOSEError(.tokenTooLarge, "")) {
                    try JWS.verify(token, as: form, key: macKey, policy: policy)
                }
            }
            let token = try JWS.sign(
                payload: large + [65], as: .compact, signers: [JWSSigner(key: mac)], isDetached: true,
                isEncoded: isEncoded)
            #expect(throws: JOSEError(.tokenTooLarge, "")) {
                try JWS.verify(token, detachedPayload: large + [65], key: macKey, policy: policy)
            }
        }
        let dots = String(repeating: ".", count: 100_000)
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(dots) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try decrypt(dots) }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try verify(try signed(#"{"alg":"HS256"}"#) + ".") }
        let header = "{\"alg\":\"HS256\",\"x\":\"\(String(repeating: "a", count: 500))\"}"
        #expect(throws: JOSEError(.tokenTooLarge, "")) {
            try JWS.verify(try signed(header), key: macKey, policy: policy)
        }
    }

    @Test("duplicate members and deep nesting: refused in headers, claims and JSON serializations")
    func json() throws {
        #expect(throws: JOSEError(.jsonDuplicateMember, "")) {
            try verify(try signed(#"{"alg":"HS256","alg":"HS256"}"#))
        }
        #expect(throws: JOSEError(.jsonDuplicateMember, "")) {
            try verify(try signed(#"{"alg":"HS256","\u0061lg":"HS256"}"#))
        }
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        #expect(throws: JOSEError(.jsonInvalid, "")) { try verify(try signed("{\"alg\":\"HS256\",\"x\":\(deep)}")) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JWTClaims(parsing: octets("{\"x\":\(deep)}")) }
        #expect(throws: JOSEError(.jsonDuplicateMember, "")) {
            try JWTClaims(parsing: octets(#"{"sub":"a","sub":"b"}"#))
        }
        let parts = try signed(#"{"alg":"HS256"}"#).split(separator: ".").map(String.init)
        let flattened = #""payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])""#
        #expect(throws: JOSEError(.jsonDuplicateMember, "")) {
            try verify("{\(flattened),\(flattened)}", as: .flattened)
        }
        let bottomless = "{\(flattened),\"x\":\(String(repeating: "[", count: 1 << 19))"
        #expect(throws: JOSEError(.jsonInvalid, "")) { try verify(bottomless, as: .flattened) }
        #expect(throws: JOSEError(.jsonInvalid, "")) {
            try verify("{\(flattened),\"header\":{\"x\":\(deep)}}", as: .flattened)
        }
    }

    @Test("base64url: one text for one token, in every part and every form")
    func base64() throws {
        let parts = try signed(#"{"alg":"HS256"}"#).split(separator: ".").map(String.init)
        func spoilt(_ part: String) -> [String] {
            [
                part + "=", part + "==", part + " ", part + "\n", " " + part, part + "+", part + "/", part + "A\u{0}",
            ]
        }
        for index in 0..<3 {
            for text in spoilt(parts[index]) {
                var changed = parts
                changed[index] = text
                #expect(throws: JOSEError(index == 1 ? .signatureInvalid : .base64URLInvalid, ""), "\(text)") {
                    try verify(changed.joined(separator: "."))
                }
            }
        }
        // Unused bits: 32 octets end in a character of which two bits count.
        let signature = parts[2]
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let value = alphabet.firstIndex(of: signature.last ?? "A") ?? 0
        for stray in 1..<4 {
            let text = "\(parts[0]).\(parts[1]).\(signature.dropLast())\(alphabet[value | stray])"
            #expect(throws: JOSEError(.base64URLInvalid, "")) { try verify(text) }
        }
        let token = try sealed()
        for index in 0..<5 {
            for text in spoilt(token[index]) {
                var changed = token
                changed[index] = text
                #expect(throws: JOSEError(.base64URLInvalid, "")) { try decrypt(changed.joined(separator: ".")) }
            }
        }
    }

    @Test("tag truncation and IV length: every content encryption has one length of each")
    func lengths() throws {
        for content in ContentEncryptionAlgorithm.allCases {
            let token = try sealed("hello", content)
            // The same octets with their borders moved by one.
            let (nonce, text, tag) = (
                try Base64URL.decode(token[2]), try Base64URL.decode(token[3]), try Base64URL.decode(token[4])
            )
            for parts in [
                [nonce + text.prefix(1), [UInt8](text.dropFirst()), tag],
                [[UInt8](nonce.dropLast()), nonce.suffix(1) + text, tag],
                [nonce, text + tag.prefix(1), [UInt8](tag.dropFirst())],
                [nonce, [UInt8](text.dropLast()), text.suffix(1) + tag],
            ] {
                let moved = token.prefix(2) + parts.map { Base64URL.encode($0) }
                #expect(throws: JOSEError(.decryptionFailed, "")) { try decrypt(moved.joined(separator: ".")) }
            }
            for index in [2, 4] {
                let whole = try Base64URL.decode(token[index])
                for count in 0...whole.count + 16 where count != whole.count {
                    var changed = token
                    changed[index] = Base64URL.encode(
                        [UInt8](whole.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - whole.count)))
                    #expect(throws: JOSEError(.decryptionFailed, "")) { try decrypt(changed.joined(separator: ".")) }
                }
            }
        }
    }

    @Test("crash on a malformed JWE: no part of no length traps, in any form, for any algorithm")
    func malformedJWE() throws {
        for name in ["A128KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW", "A256GCM", "A128CBC-HS256"] {
            for content in [ContentEncryptionAlgorithm.a256GCM, .a128CBCHS256] {
                let jwk = try JWK.generate(algorithm: name)
                guard let key = try? EncryptionKey(jwk, contentEncryption: [content]) else { continue }
                let text = try JWE.encrypt(octets("hello"), key: key, contentEncryption: content)
                let token = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
                let decryption = try DecryptionKey(jwk)
                // CVE-2026-34986, CVE-2026-116585: every choice of parts that are empty.
                for empty in 1..<16 {
                    var changed = token
                    for index in 1..<5 where empty & 1 << (index - 1) != 0 { changed[index] = "" }
                    guard changed != token else { continue }
                    #expect(throws: JOSEError(.decryptionFailed, ""), "\(name) \(empty)") {
                        try JWE.decrypt(changed.joined(separator: "."), key: decryption, policy: encryptions)
                    }
                }
                for index in 1..<5 {
                    for count in [0, 1, 7, 8, 15, 16, 17, 24, 255, 256, 4000] {
                        var changed = token
                        changed[index] = Base64URL.encode([UInt8](repeating: 0, count: count))
                        guard changed != token else { continue }
                        #expect(throws: JOSEError(.decryptionFailed, ""), "\(name) \(index) \(count)") {
                            try JWE.decrypt(changed.joined(separator: "."), key: decryption, policy: encryptions)
                        }
                        var object: JSONObject = ["protected": .string(changed[0])]
                        for (member, part) in zip(["encrypted_key", "iv", "ciphertext", "tag"], changed.dropFirst())
                        where !part.isEmpty || member == "ciphertext" {
                            object[member] = .string(part)
                        }
                        let flattened = String(decoding: object.serialized(), as: UTF8.self)
                        #expect(throws: JOSEError.self) {
                            try JWE.decrypt(flattened, as: .flattened, key: decryption, policy: encryptions)
                        }
                    }
                }
            }
        }
    }

    @Test("claim types: an empty aud, part of an issuer, lists where one name belongs")
    func claims() throws {
        for text in [
            #"{"aud":[]}"#, #"{"aud":[1]}"#, #"{"aud":{}}"#, #"{"iss":["a"]}"#, #"{"sub":["a"]}"#, #"{"sub":1}"#,
            #"{"exp":"2000"}"#, #"{"exp":[2000]}"#, #"{"jti":{}}"#,
        ] {
            let token = try signed(#"{"alg":"HS256"}"#, text)
            let policy = JWTPolicy(algorithms: [.hs256], claims: ClaimsPolicy(requiredClaims: []))
            #expect(throws: JOSEError(.claimInvalid, "")) { try JWT.verify(token, key: macKey, policy: policy) }
        }
        let issuer = ClaimsPolicy(issuer: "https://as.example", audience: .includes("a"), requiredClaims: [])
        let policy = JWTPolicy(algorithms: [.hs256], claims: issuer)
        for text in [
            #"{"iss":"https://as.example.evil","aud":"a"}"#, #"{"iss":"https://as.exampl","aud":"a"}"#, #"{"aud":"a"}"#,
        ] {
            #expect(throws: JOSEError(.issuerMismatch, "")) {
                try JWT.verify(try signed(#"{"alg":"HS256"}"#, text), key: macKey, policy: policy)
            }
        }
        for text in [#"{"iss":"https://as.example"}"#, #"{"iss":"https://as.example","aud":"ab"}"#] {
            #expect(throws: JOSEError(.audienceMismatch, "")) {
                try JWT.verify(try signed(#"{"alg":"HS256"}"#, text), key: macKey, policy: policy)
            }
        }
    }

    @Test("JWE around something unsigned: encryption to a public key proves nothing (CVE-2026-29000)")
    func unsignedInside() throws {
        let recipient = try JWK.generate(algorithm: "ECDH-ES", kid: "e")
        let policy = JWTPolicy(
            algorithms: Set(SignatureAlgorithm.allCases), claims: ClaimsPolicy(requiredClaims: []))
        func open(_ content: String, cty: JSONValue? = "JWT") throws {
            let token = try JWE.encrypt(
                octets(content), header: JSONObject().with("cty", cty), key: EncryptionKey(recipient),
                contentEncryption: .a256GCM)
            _ = try JWT.open(
                token, decryptionKey: DecryptionKey(recipient), verificationKey: macKey, decryption: encryptions,
                policy: policy)
        }
        let claims = #"{"sub":"admin"}"#
        for content in [
            claims, "", "..", "a.b.c.d.e", "\(encoded(#"{"alg":"none"}"#)).\(encoded(claims)).",
            "\(encoded(#"{"alg":"none"}"#)).\(encoded(claims)).AA",
            "\(encoded(#"{"alg":"HS256"}"#)).\(encoded(claims)).",
            "\(encoded(#"{"alg":"NONE"}"#)).\(encoded(claims)).AA", try sealed().joined(separator: "."),
        ] {
            #expect(throws: JOSEError(.unsecuredInner, ""), "\(content)") { try open(content) }
        }
        let forged = "\(encoded(#"{"alg":"HS256"}"#)).\(encoded(claims)).\(encoded(String(repeating: "x", count: 32)))"
        #expect(throws: JOSEError(.signatureInvalid, "")) { try open(forged) }
        let good = try signed(#"{"alg":"HS256"}"#, claims)
        #expect(throws: Never.self) { try open(good) }
        for type: JSONValue? in [nil, "JWS", "text/plain", 1] where type != "JWT" {
            #expect(throws: JOSEError.self) { try open(good, cty: type) }
        }
    }
}
