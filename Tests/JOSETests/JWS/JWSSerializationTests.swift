import Testing

@testable import JOSE

@Suite("A JWS in a JSON serialization")
struct JWSSerializationTests {
    private let key: SigningKey
    private let verification: VerificationKey
    private let policy = SignaturePolicy(algorithms: [.hs256])

    init() throws {
        key = try SigningKey(JWK.generate(algorithm: "HS256", kid: "k"))
        verification = try VerificationKey(of: key)
    }

    /// Members of a signature over `payload` under headers written by hand.
    private func members(
        _ protected: String?, _ header: String? = nil, payload: String = "aGk", by key: SigningKey? = nil
    ) throws -> String {
        let encoded = protected.map { Base64URL.encode(octets($0)) } ?? ""
        let signature = try (key ?? self.key).sign(octets("\(encoded).\(payload)").span)
        return (protected == nil ? "" : "\"protected\":\"\(encoded)\",")
            + (header.map { "\"header\":\($0)," } ?? "") + "\"signature\":\"\(Base64URL.encode(signature))\""
    }

    private func verify(_ token: String, as form: TokenSerialization) throws(JOSEError) -> VerifiedJWS {
        try JWS.verify(token, as: form, key: verification, policy: policy)
    }

    @Test(
        "is refused for the shape of its members, though the signature holds",
        arguments: [
            (#"{"payload":"aGk",MEMBERS,"signatures":[{MEMBERS}]}"#, .flattened), (#"{MEMBERS}"#, .flattened),
            (#"{"payload":1,MEMBERS}"#, .flattened), (#"{"payload":"aGk","signatures":[{MEMBERS}]}"#, .flattened),
            (#"{"payload":"aGk","protected":""}"#, .flattened), (#"{"payload":"aGk"}"#, .flattened),
            (#"[]"#, .flattened),
            (#"{"payload":"aGk",MEMBERS}"#, .general), (#"{"payload":"aGk","signatures":[]}"#, .general),
            (#"{"payload":"aGk","signatures":{}}"#, .general), (#"{"payload":"aGk","signatures":[1]}"#, .general),
            (#"{"payload":"aGk","signatures":[[]]}"#, .general), (#"{"payload":"aGk","signatures":[{}]}"#, .general),
            (#"{"payload":"aGk","signatures":null}"#, .general), (#"{"signatures":[{MEMBERS}]}"#, .general),
            (#"{"payload":"aGk","signatures":[{MEMBERS}],"signature":"AA"}"#, .general),
            (#"{"payload":"aGk","signatures":[{MEMBERS}],"protected":"e30"}"#, .general),
            (#"{"payload":"aGk","signatures":[{MEMBERS}],"header":{"a":1}}"#, .general),
        ] as [(String, TokenSerialization)])
    func shape(text: String, form: TokenSerialization) throws {
        let token = text.replacing("MEMBERS", with: try members(#"{"alg":"HS256"}"#))
        #expect(throws: JOSEError(.tokenMalformed, ""), "\(token)") { try verify(token, as: form) }
    }

    @Test("is never taken for another one", arguments: TokenSerialization.allCases)
    func forms(form: TokenSerialization) throws {
        let signer = JWSSigner(key: key)
        let token = try JWS.sign(payload: octets("hi"), as: form, signers: [signer])
        for other in TokenSerialization.allCases where other != form {
            #expect(throws: JOSEError.self) { try verify(token, as: other) }
        }
        #expect(try verify(token, as: form).payload == octets("hi"))
    }

    @Test(
        "is refused for what its headers say, though the signature holds",
        arguments: [
            (#"{"alg":"HS256"}"#, #"{"alg":"HS256"}"#, .headerInvalid),
            (#"{"alg":"HS256","a":1}"#, #"{"a":1}"#, .headerInvalid),
            (nil, #"{"alg":"HS256"}"#, .headerUnprotected), (#"{"a":1}"#, #"{"alg":"HS256"}"#, .headerUnprotected),
            (#"{"alg":"HS256"}"#, #"{"crit":["a"],"a":1}"#, .headerUnprotected),
            (#"{"alg":"HS256"}"#, #"{"b64":false}"#, .headerUnprotected),
            (#"{"alg":"HS256","crit":["b64"]}"#, #"{"b64":true}"#, .headerUnprotected),
            (#"{"alg":"HS256","crit":["a"]}"#, #"{"a":1}"#, .headerInvalid),
            (#"{"kid":"k"}"#, nil, .headerInvalid), (nil, nil, .headerInvalid), (#"{}"#, nil, .tokenMalformed),
            (#"{"alg":"HS256"}"#, "{}", .tokenMalformed), (#"{"alg":"HS256"}"#, "[]", .tokenMalformed),
            (#"{"alg":"HS256"}"#, #"{"kid":1}"#, .headerInvalid), (#"{"alg":"HS256"}"#, #"{"kid":"x"}"#, .keyMismatch),
            (#"{"alg":"HS256","alg":"HS256"}"#, nil, .jsonDuplicateMember),
            (#"{"alg":"none"}"#, nil, .algorithmNotAllowed),
            (#"{"alg":"HS384"}"#, nil, .algorithmNotAllowed), (#"[]"#, nil, .headerInvalid),
            (#"{"alg":"HS256""#, nil, .jsonInvalid),
        ] as [(String?, String?, JOSEError.Code)])
    func headers(protected: String?, header: String?, code: JOSEError.Code) throws {
        let members = try members(protected, header)
        let flattened = "{\"payload\":\"aGk\",\(members)}"
        #expect(throws: JOSEError(code, ""), "\(flattened)") { try verify(flattened, as: .flattened) }
        let general = "{\"payload\":\"aGk\",\"signatures\":[{\(members)}]}"
        #expect(throws: JOSEError(code, ""), "\(general)") { try verify(general, as: .general) }
    }

    @Test("is refused when a member comes twice, at any level")
    func duplicates() throws {
        let members = try members(#"{"alg":"HS256"}"#)
        for token in [
            "{\"payload\":\"aGk\",\"payload\":\"aGk\",\(members)}", "{\"payload\":\"aGk\",\(members),\(members)}",
            "{\"payload\":\"aGk\",\"header\":{\"a\":1,\"a\":2},\(members)}",
        ] {
            #expect(throws: JOSEError(.jsonDuplicateMember, "")) { try verify(token, as: .flattened) }
        }
    }

    @Test("passes over members that it does not know")
    func unknownMembers() throws {
        let token = "{\"payload\":\"aGk\",\"x\":1,\(try members(#"{"alg":"HS256"}"#, #"{"kid":"k","x":1}"#))}"
        let verified = try verify(token, as: .flattened)
        #expect(verified.payload == octets("hi") && verified.unprotectedHeader == ["kid": "k", "x": 1])
    }

    @Test("is refused beyond its bounds: octets, headers, depth, signatures")
    func bounds() throws {
        let members = try members(#"{"alg":"HS256","kid":"k"}"#)
        func verify(_ token: String, _ limits: TokenLimits, _ form: TokenSerialization) throws(JOSEError) {
            let policy = SignaturePolicy(algorithms: [.hs256], limits: limits)
            _ = try JWS.verify(token, as: form, key: verification, policy: policy)
        }
        let flattened = "{\"payload\":\"aGk\",\(members)}"
        let many =
            "{\"payload\":\"aGk\",\"signatures\":[\((0..<3).map { _ in "{\(members)}" }.joined(separator: ","))]}"
        let limits = TokenLimits(tokenBytes: 1000, headerBytes: 100, signers: 3)
        #expect(throws: Never.self) { try verify(flattened, limits, .flattened) }
        #expect(throws: Never.self) { try verify(many, limits, .general) }
        let two = TokenLimits(tokenBytes: 1000, headerBytes: 100, signers: 2)
        #expect(throws: JOSEError(.tokenTooLarge, "")) { try verify(many, two, .general) }
        let short = TokenLimits(tokenBytes: flattened.utf8.count - 1, headerBytes: 100)
        #expect(throws: JOSEError(.tokenTooLarge, "")) { try verify(flattened, short, .flattened) }
        let narrow = TokenLimits(tokenBytes: 1000, headerBytes: 10)
        #expect(throws: JOSEError(.tokenTooLarge, "")) { try verify(flattened, narrow, .flattened) }
        let wide = "{\"payload\":\"aGk\",\"header\":{\"x\":\"\(String(repeating: "x", count: 100))\"},\(members)}"
        #expect(throws: JOSEError(.tokenTooLarge, "")) { try verify(wide, limits, .flattened) }
        let deep =
            "{\"payload\":\"aGk\",\"header\":{\"x\":\(String(repeating: "[", count: 16))"
            + "\(String(repeating: "]", count: 16))},\(members)}"
        #expect(throws: JOSEError(.jsonInvalid, "")) { try verify(deep, limits, .flattened) }
        let bottomless = "{\"payload\":\"aGk\",\"x\":\(String(repeating: "[", count: 900))"
        #expect(throws: JOSEError(.jsonInvalid, "")) { try verify(bottomless, limits, .flattened) }
    }

    @Test("with several signatures holds by one of the given keys, or by all of them")
    func several() throws {
        let other = try SigningKey(JWK.generate(algorithm: "ES256", kid: "other"))
        let stranger = try SigningKey(JWK.generate(algorithm: "ES256", kid: "other"))
        let policy = SignaturePolicy(algorithms: [.hs256, .es256])
        let token = try JWS.sign(
            payload: octets("hi"), as: .general, signers: [JWSSigner(key: other), JWSSigner(key: key)])
        let first = try JWS.verify(token, as: .general, key: verification, policy: policy)
        #expect(first.keyID == "k" && first.others.isEmpty)
        let both = try KeyDirectory([VerificationKey(of: other)])
        #expect(try JWS.verify(token, as: .general, keys: both, policy: policy).keyID == "other")
        #expect(throws: JOSEError(.keyNotFound, "")) {
            try JWS.verify(token, as: .general, keys: both, policy: policy, requiring: .every)
        }
        let all = try JWS.verify(token, as: .general, policy: policy, requiring: .every) { header in
            header.keyID == "k" ? verification : try? VerificationKey(of: other)
        }
        #expect(all.keyID == "other" && all.others.map(\.keyID) == ["k"])

        let strange = try KeyDirectory([VerificationKey(of: stranger)])
        #expect(throws: JOSEError(.signatureInvalid, "")) {
            try JWS.verify(token, as: .general, keys: strange, policy: policy)
        }
        #expect(throws: JOSEError(.signatureInvalid, "")) {
            try JWS.verify(token, as: .general, policy: policy, requiring: .every) { header in
                header.keyID == "k" ? verification : strange["other"]
            }
        }
        #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try JWS.verify(token, as: .general, key: verification, policy: SignaturePolicy(algorithms: [.ps256]))
        }
    }

    @Test("may not have signatures that differ in b64")
    func mixedEncoding() throws {
        let raw = try members(#"{"alg":"HS256","b64":false,"crit":["b64"]}"#)
        let token = "{\"payload\":\"aGk\",\"signatures\":[{\(try members(#"{"alg":"HS256"}"#))},{\(raw)}]}"
        #expect(throws: JOSEError(.headerInvalid, "")) { try verify(token, as: .general) }
        #expect(try verify("{\"payload\":\"aGk\",\(raw)}", as: .flattened).payload == octets("aGk"))
    }

    @Test("may come without its payload, which is then bounded like the token")
    func detached() throws {
        for form in TokenSerialization.allCases {
            for isEncoded in [true, false] {
                let token = try JWS.sign(
                    payload: octets("a.b"), as: form, signers: [JWSSigner(key: key)], isDetached: true,
                    isEncoded: isEncoded)
                let limits = TokenLimits(tokenBytes: token.utf8.count, headerBytes: 1000)
                let policy = SignaturePolicy(algorithms: [.hs256], limits: limits)
                func verify(_ payload: [UInt8]?) throws(JOSEError) -> VerifiedJWS {
                    try JWS.verify(token, as: form, detachedPayload: payload, key: verification, policy: policy)
                }
                #expect(try verify(octets("a.b")).payload == octets("a.b"))
                #expect(throws: JOSEError(.signatureInvalid, "")) { try verify(octets("a.c")) }
                #expect(throws: JOSEError(.tokenTooLarge, "")) { try verify([UInt8](repeating: 65, count: 5000)) }
                #expect(throws: JOSEError(form == .compact ? .signatureInvalid : .tokenMalformed, "")) {
                    try verify(nil)
                }
            }
        }
        let whole = try JWS.sign(payload: octets("hi"), as: .flattened, signers: [JWSSigner(key: key)])
        #expect(throws: JOSEError(.tokenMalformed, "")) {
            try JWS.verify(
                whole, as: .flattened, detachedPayload: octets("hi"), key: verification, policy: policy)
        }
    }

    @Test("is made only in forms that can carry it")
    func signing() throws {
        let signer = JWSSigner(key: key)
        for form in [TokenSerialization.compact, .flattened] {
            #expect(throws: JOSEError(.tokenMalformed, "")) {
                try JWS.sign(payload: [], as: form, signers: [signer, signer])
            }
        }
        #expect(throws: JOSEError(.tokenMalformed, "")) { try JWS.sign(payload: [], as: .general, signers: []) }
        #expect(throws: JOSEError(.tokenMalformed, "")) {
            try JWS.sign(payload: [0xFF], as: .flattened, signers: [signer], isEncoded: false)
        }
        let open = JWSSigner(key: key, unprotected: ["x": 1])
        #expect(throws: JOSEError(.headerInvalid, "")) { try JWS.sign(payload: [], as: .compact, signers: [open]) }
        for name in ["alg", "crit", "b64", "zip"] {
            for signer in [JWSSigner(key: key, protected: [name: "x"]), JWSSigner(key: key, unprotected: [name: "x"])] {
                #expect(throws: JOSEError(.headerInvalid, "")) {
                    try JWS.sign(payload: [], as: .flattened, signers: [signer])
                }
            }
        }
        let twice = JWSSigner(key: key, protected: ["x": 1], unprotected: ["x": 1])
        #expect(throws: JOSEError(.headerInvalid, "")) { try JWS.sign(payload: [], as: .flattened, signers: [twice]) }
    }

    @Test("is verified with a key that is found by its header alone, if policy lets the header be looked at")
    func keyFinder() async throws {
        let token = try JWS.sign(payload: octets("hi"), as: .flattened, signers: [JWSSigner(key: key)])
        let verified = try await JWS.verify(token, as: .flattened, policy: policy) { header in
            #expect(header.unverifiedValue.keyID == "k" && header.unverifiedValue.algorithm == "HS256")
            return verification
        }
        #expect(verified.payload == octets("hi"))
        await #expect(throws: JOSEError(.keyNotFound, "")) {
            try await JWS.verify(token, as: .flattened, policy: policy, findKey: { _ in nil })
        }
        await #expect(throws: CancellationError.self) {
            try await JWS.verify(token, as: .flattened, policy: policy) { _ in throw CancellationError() }
        }
        await #expect(throws: JOSEError(.algorithmNotAllowed, "")) {
            try await JWS.verify(
                token, as: .flattened, policy: SignaturePolicy(algorithms: [.es256]),
                findKey: { _ in
                    Issue.record("a key was looked for")
                    return nil
                })
        }
    }
}
