import JOSE

/// Takes a token apart for a person to read.
struct TokenExplanation {
    private let keys: [JWK]
    private let claims: ClaimsPolicy
    private let now: Int64

    private(set) var lines: [String] = []
    private(set) var json = JSONObject()
    private var layers: [JSONValue] = []
    private var checks = TokenChecks()

    init(keys: [JWK], claims: ClaimsPolicy, now: Int64) {
        self.keys = keys
        self.claims = claims
        self.now = now
    }

    /// - Throws: `JOSEError` for what can't be read.
    mutating func explain(_ token: String, _ serialization: TokenSerialization) throws {
        // Whatever can't be read is thrown, so that what is explained has passed.
        checks.add("form", .passed)
        if try Self.isEncrypted(token, serialization) {
            try explainEncrypted(token, serialization)
        } else {
            try explainSigned(token, serialization, isInside: false)
        }
        lines += checks.lines
        json["layers"] = .array(layers)
        json["checks"] = checks.json
    }

    private mutating func explainEncrypted(_ token: String, _ serialization: TokenSerialization) throws {
        let decoded = try JWE.decodeUnverified(token, as: serialization, limits: TokenInput.limits).unverifiedValue
        let layer = TokenLayerText(decoded, serialization: serialization)
        layers.append(layer.json)
        json["form"] = "JWE"
        json["header"] = .object(decoded.headers[0].protected)
        let recipient = keys.filter { $0.isPrivate && NestedKeys.mayEncrypt($0) }
        guard !recipient.isEmpty else {
            show("header (JWE, encrypted):", decoded.headers[0].protected, layer)
            checks.add("decryption", .notChecked("no private key of the recipient was given, --key"))
            let name = decoded.headers[0].keyID.map { " (kid \(KeyChoice.quoted($0)))" } ?? ""
            lines.append("claims: sealed. They can't be read without the recipient's private key\(name).")
            json["claims"] = "sealed"
            return
        }
        let policy = DecryptionOptions.explaining
        let opened = checks.add("decryption") {
            try Verification(keys: recipient, kid: nil).decrypt(token, as: serialization, allowed: nil, policy: policy)
        }
        guard let opened else {
            show("header (JWE, which your key does not open):", decoded.headers[0].protected, layer)
            lines.append("claims: sealed. They can't be read without the recipient's private key.")
            json["claims"] = "sealed"
            return
        }
        show("header (JWE, opened with your key):", opened.header, layer)
        json["key"] = opened.keyID.map { .string($0) } ?? .null
        try explainContent(opened)
    }

    private mutating func explainContent(_ opened: DecryptedJWE) throws {
        let text = String(validating: opened.plaintext, as: UTF8.self)
        _ = checks.add("signed token inside") { try JWT.signedToken(in: opened) }
        if let text, (try? JWS.decodeUnverified(text, limits: TokenInput.limits)) != nil {
            return try explainSigned(text, .compact, isInside: true)
        }
        lines.append("content (NOT SIGNED: anyone who knows the recipient's public key can have written it):")
        lines.append(text ?? "\(opened.plaintext.count) octets that are no text")
        json["plaintext"] = .string(Base64URL.encode(opened.plaintext))
        json["verified"] = false
    }

    private mutating func explainSigned(
        _ token: String, _ serialization: TokenSerialization, isInside: Bool
    ) throws {
        let decoded = try JWS.decodeUnverified(token, as: serialization, limits: TokenInput.limits).unverifiedValue
        let layer = TokenLayerText(decoded, serialization: serialization)
        layers.append(layer.json)
        let header = decoded.headers[0]
        if !isInside { json["form"] = "JWS" }
        json[isInside ? "signed_header" : "header"] = .object(header.protected)
        show("header (JWS, signed by \(header.algorithm.map(KeyChoice.quoted) ?? "nothing")):", header.protected, layer)

        let verified = checkSignature(token, serialization)
        json["verified"] = .bool(verified != nil)
        let key = verified?.keyID.map { "key \(KeyChoice.quoted($0))" } ?? "your key"
        let proof = verified == nil ? "NOT VERIFIED: anyone can have written them" : "signed with \(key)"
        try explainClaims(decoded.payload, header, proof)
    }

    private mutating func explainClaims(_ payload: [UInt8], _ header: JOSEHeader, _ proof: String) throws {
        guard let object = try? JSONObject(parsing: payload) else {
            lines.append("content (\(proof)):")
            lines.append(String(validating: payload, as: UTF8.self) ?? "\(payload.count) octets that are no text")
            json["payload"] = .string(Base64URL.encode(payload))
            return
        }
        json["claims"] = .object(object)
        json["dates"] = .object(ClaimsText.dates(object))
        lines.append("claims (\(proof)):")
        lines.append(ClaimsText.describe(object, now: now))
        checkType(header)
        guard let set = checks.add("types of claims", { () throws in try JWTClaims(parsing: payload) }) else { return }
        for (check, refusal) in claims.examine(set, now: now) {
            checks.add(
                check.rawValue, refusal.map { .refused(CommandFailure($0, of: set, claims, now: now)) } ?? .passed)
        }
    }

    private mutating func checkSignature(_ token: String, _ serialization: TokenSerialization) -> VerifiedJWS? {
        let signers = keys.filter(NestedKeys.maySign)
        guard !signers.isEmpty else {
            checks.add("signature", .notChecked("no key of the signer was given, --key"))
            return nil
        }
        return checks.add("signature") {
            try Verification(keys: signers, kid: nil).verify(
                token, as: serialization, allowed: nil, policy: .commandLine(nil))
        }
    }

    private mutating func checkType(_ header: JOSEHeader) {
        guard let expected = claims.type else { return }
        if let type = header.type, type == expected || type == "application/\(expected)" {
            checks.add("typ", .passed)
        } else {
            checks.add("typ", .refused(.refused("type-mismatch", "expected typ \(expected)")))
        }
    }

    private mutating func show(_ title: String, _ header: JSONObject, _ layer: TokenLayerText) {
        lines += [title, JSONValue.object(header).serializedString(pretty: true), "meaning (\(layer.title)):"]
        lines += layer.lines
    }

    /// Of a compact token the number of its parts says it; of a JSON form, the members.
    private static func isEncrypted(_ token: String, _ serialization: TokenSerialization) throws -> Bool {
        guard serialization == .compact else {
            return try JSONObject(parsing: Array(token.utf8))["ciphertext"] != nil
        }
        switch token.utf8.count(where: { $0 == UInt8(ascii: ".") }) {
        case 2: return false
        case 4: return true
        case let dots:
            throw JOSEError(.tokenMalformed, "expected the three parts of a JWS or the five of a JWE, got \(dots + 1)")
        }
    }
}

extension DecryptionOptions {
    /// What a person may look at: everything that a bound keeps small.
    static let explaining = DecryptionPolicy(
        algorithms: Set(KeyManagementAlgorithm.allCases), contentEncryption: ContentEncryptionAlgorithm.all,
        dangerouslyAcceptsCompression: true, trustsUnprotectedAlgorithm: true, limits: TokenInput.limits)
}
