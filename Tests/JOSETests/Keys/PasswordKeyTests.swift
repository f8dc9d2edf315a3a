import Testing

@testable import JOSE

@Suite("A password as a key")
struct PasswordKeyTests {
    static let algorithms = KeyManagementAlgorithm.allCases.filter(\.isPasswordBased)
    private let password = SecretBytes(octets("correct horse battery staple"))

    private func token(_ header: String, encryptedKeyBytes: Int = 40) -> String {
        let parts = [octets(header), [UInt8](repeating: 0, count: encryptedKeyBytes), [UInt8](repeating: 0, count: 12)]
        return (parts + [[1], [UInt8](repeating: 0, count: 16)]).map { Base64URL.encode($0) }.joined(separator: ".")
    }

    @Test("is refused when it is empty or too long, for another algorithm, or with iterations out of range")
    func refusal() {
        func make(
            _ password: SecretBytes, _ algorithm: KeyManagementAlgorithm = .pbes2HS256A128KW, iterations: Int? = nil,
            maximum: Int? = nil
        ) throws -> PasswordKey {
            try PasswordKey(password, algorithm: algorithm, iterations: iterations, maximumIterations: maximum)
        }
        #expect(throws: JOSEError(.keyInvalid, "")) { try make(SecretBytes([])) }
        #expect(throws: JOSEError(.keyInvalid, "")) { try make(.random(count: 1025)) }
        for count in [Int.min, -1, 0, 999, 10_000_001, Int.max] {
            #expect(throws: JOSEError(.keyInvalid, "")) { try make(password, iterations: count) }
            #expect(throws: JOSEError(.keyInvalid, "")) { try make(password, maximum: count) }
        }
        for algorithm in KeyManagementAlgorithm.forKeys {
            #expect(throws: JOSEError(.keyMismatch, "")) { try make(password, algorithm) }
        }
    }

    @Test("is the only way to PBES2: no JWK is taken for a password unasked", arguments: algorithms)
    func optIn(algorithm: KeyManagementAlgorithm) throws {
        let named: JSONObject = ["kty": "oct", "k": "c2VjcmV0IHNlY3JldA", "alg": .string(algorithm.rawValue)]
        var nameless = named
        nameless["alg"] = nil
        for object in [named, nameless] {
            let jwk = try JWK(object)
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try DecryptionKey(jwk, algorithm: algorithm) }
            #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try EncryptionKey(jwk, algorithm: algorithm) }
        }
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try DecryptionKey(JWK(named)) }
        #expect(throws: JOSEError(.keyMismatch, "")) { try PasswordKey(JWK(nameless)) }
        #expect(throws: JOSEError(.keyMismatch, "")) { try PasswordKey(JWK.generate(algorithm: "A256KW")) }
        #expect(throws: JOSEError(.keyMismatch, "")) { try PasswordKey(JWK.generate(algorithm: "ES256")) }
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) { try JWK.generate(algorithm: algorithm.rawValue) }
        #expect(try PasswordKey(JWK(named)).algorithm == algorithm)
        var signing = named
        signing["use"] = "sig"
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try PasswordKey(JWK(signing)) }
        signing["use"] = nil
        signing["key_ops"] = ["sign"]
        #expect(throws: JOSEError(.keyUseMismatch, "")) { try PasswordKey(JWK(signing)) }
    }

    @Test("does no work for a token that asks for too much or too little of it")
    func bounds() throws {
        let key = DecryptionKey(try PasswordKey(password, algorithm: .pbes2HS256A128KW))
        let salt = Base64URL.encode([UInt8](repeating: 1, count: 8))
        let head = #"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM""#
        let bad = [
            head + "}", head + #","p2c":1000}"#, head + #","p2s":"\#(salt)"}"#, head + #","p2s":"\#(salt)","p2c":999}"#,
            head + #","p2s":"\#(salt)","p2c":600001}"#, head + #","p2s":"\#(salt)","p2c":2147483648}"#,
            head + #","p2s":"\#(salt)","p2c":4294968296}"#, head + #","p2s":"\#(salt)","p2c":9223372036854775807}"#,
            head + #","p2s":"\#(salt)","p2c":9223372036854775808}"#, head + #","p2s":"\#(salt)","p2c":-1000}"#,
            head + #","p2s":"\#(salt)","p2c":0}"#, head + #","p2s":"\#(salt)","p2c":1e3}"#,
            head + #","p2s":"\#(salt)","p2c":1000.5}"#, head + #","p2s":"\#(salt)","p2c":"1000"}"#,
            head + #","p2s":"\#(salt)","p2c":null}"#, head + #","p2s":"\#(salt)","p2c":[1000]}"#,
            head + #","p2s":"AAAAAAAAAA","p2c":1000}"#, head + #","p2s":"","p2c":1000}"#,
            head + #","p2s":1,"p2c":1000}"#,
            head + #","p2s":"\#(salt)=","p2c":1000}"#,
        ]
        let started = ContinuousClock.now
        for header in bad {
            #expect(throws: JOSEError(.headerInvalid, ""), "\(header)") { try JWE.decrypt(token(header), key: key) }
        }
        // A wrong encrypted key is seen before the password is hashed.
        let costly = head + #","p2s":"\#(salt)","p2c":600000}"#
        for count in [0, 8, 16, 24, 39, 41, 64] {
            #expect(throws: JOSEError(.decryptionFailed, "")) {
                try JWE.decrypt(token(costly, encryptedKeyBytes: count), key: key)
            }
        }
        // One run of 600,000 rounds takes longer than all of these together.
        #expect(ContinuousClock.now - started < .milliseconds(100))
        #expect(throws: JOSEError(.decryptionFailed, "")) {
            try JWE.decrypt(token(head + #","p2s":"\#(salt)","p2c":1000}"#), key: key)
        }
    }

    @Test("seals and opens, with a salt of its own and as many iterations as OWASP asks for", arguments: algorithms)
    func roundTrip(algorithm: KeyManagementAlgorithm) throws {
        let key = try PasswordKey(password, algorithm: algorithm, kid: "p")
        #expect(key.iterations == (algorithm == .pbes2HS256A128KW ? 600_000 : 210_000))
        #expect(key.iterations <= key.maximumIterations)
        let token = try JWE.encrypt(octets("hello"), key: EncryptionKey(key), contentEncryption: .a256GCM)
        let opened = try JWE.decrypt(token, key: DecryptionKey(key))
        #expect(opened.plaintext == octets("hello") && opened.keyID == "p" && opened.algorithm == algorithm)
        #expect(opened.header["p2c"] == .integer(Int64(key.iterations)))
        #expect(try Base64URL.decode(#require(opened.header["p2s"]?.stringValue)).count == 16)
    }

    @Test("opens no token of another algorithm, password or policy, and draws another salt each time")
    func narrow() throws {
        func key(_ algorithm: KeyManagementAlgorithm, _ iterations: Int) throws -> PasswordKey {
            try PasswordKey(password, algorithm: algorithm, iterations: iterations)
        }
        let writer = EncryptionKey(try key(.pbes2HS256A128KW, 1000))
        let reader = DecryptionKey(try key(.pbes2HS256A128KW, 1000))
        let token = try JWE.encrypt([1], key: writer, contentEncryption: .a256GCM)
        #expect(try JWE.decrypt(token, key: reader).plaintext == [1])
        let salts = try Set(
            (0..<50).map { _ in
                let again = try JWE.encrypt([1], key: writer, contentEncryption: .a256GCM)
                return try JWE.decrypt(again, key: reader).header["p2s"]?.stringValue
            })
        #expect(salts.count == 50)
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWE.decrypt(token, key: DecryptionKey(key(.pbes2HS384A192KW, 1000)))
        }
        let other = try PasswordKey(SecretBytes(octets("Correct horse battery staple")), algorithm: .pbes2HS256A128KW)
        #expect(throws: JOSEError(.decryptionFailed, "")) { try JWE.decrypt(token, key: DecryptionKey(other)) }
        let narrow = DecryptionKey(try key(.pbes2HS256A128KW, 1000), contentEncryption: [.a128GCM])
        #expect(throws: JOSEError(.contentEncryptionNotAllowed, "")) { try JWE.decrypt(token, key: narrow) }
        // Who writes with more than others allow reads that back; others don't.
        let eager = try key(.pbes2HS512A256KW, 300_001)
        let costly = try JWE.encrypt([1], key: EncryptionKey(eager), contentEncryption: .a256GCM)
        #expect(try JWE.decrypt(costly, key: DecryptionKey(eager)).plaintext == [1])
        #expect(throws: JOSEError(.headerInvalid, "")) {
            try JWE.decrypt(costly, key: DecryptionKey(key(.pbes2HS512A256KW, 1000)))
        }
    }

    @Test("prints nothing of itself")
    func printing() throws {
        let key = try PasswordKey(password, algorithm: .pbes2HS256A128KW)
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains("horse"))
    }
}
