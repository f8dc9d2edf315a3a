/// Members of the JSON serializations, which are strings of base64url, objects or arrays of objects.
extension JSONObject {
    /// Reads a token in a JSON serialization.
    /// - Throws: `token-too-large`, `json-invalid`, `json-duplicate-member`; `token-malformed` if it is no object.
    init(token: Span<UInt8>, limits: TokenLimits) throws(JOSEError) {
        try limits.check(token)
        // Headers lie two levels down: signatures or recipients, then the element.
        let json = JSONLimits(bytes: limits.tokenBytes, depth: limits.json.depth + 3)
        guard case .object(let object) = try JSONValue(parsing: token, limits: json) else {
            throw Self.malformed("expected a JSON object")
        }
        self = object
    }

    /// The octets of a string member's text, or nil if it is absent. A member without value has to be absent
    /// (RFC 7515 section 7.2.1), unless it `mayBeEmpty`.
    /// - Throws: `token-malformed`.
    func tokenText(_ name: String, mayBeEmpty: Bool = false) throws(JOSEError) -> [UInt8]? {
        guard let value = self[name] else { return nil }
        guard let text = value.stringValue else { throw Self.malformed("expected \(name) to be a string") }
        guard mayBeEmpty || !text.isEmpty else { throw Self.malformed("\(name) is empty: it has to be left out") }
        return [UInt8](text.utf8)
    }

    /// The members of a header, or none if it is absent.
    /// - Throws: `token-malformed` if it is no object, or an empty one, which has to be absent; `token-too-large`;
    ///   `json-invalid` if it is nested too deep.
    func tokenHeader(_ name: String, limits: TokenLimits) throws(JOSEError) -> JSONObject {
        guard let value = self[name] else { return [:] }
        guard let header = value.objectValue else { throw Self.malformed("expected \(name) to be an object") }
        guard !header.isEmpty else { throw Self.malformed("\(name) is empty: it has to be left out") }
        let text = header.serialized()
        guard text.count <= limits.headerBytes else {
            throw JOSEError(.tokenTooLarge, "expected a header of at most \(limits.headerBytes) octets")
        }
        _ = try JSONTape(parsing: text.span, limits: limits.json)
        return header
    }

    /// The members of a protected header, or none if it is absent.
    /// - Throws: what `ProtectedHeader` throws; `token-malformed` if it is empty, which it has to be by being absent.
    static func tokenProtected(_ encoded: [UInt8]?, limits: TokenLimits) throws(JOSEError) -> JSONObject {
        guard let encoded else { return [:] }
        let header = try ProtectedHeader(encoded: encoded.span, limits: limits).object
        guard !header.isEmpty else { throw malformed("protected is empty: it has to be left out") }
        return header
    }

    /// The elements of `signatures` or `recipients`.
    /// - Throws: `token-malformed` unless it is a list of objects with at least one; `token-too-large`.
    func tokenElements(_ name: String, limits: TokenLimits) throws(JOSEError) -> [JSONObject] {
        guard let elements = self[name]?.arrayValue, !elements.isEmpty else {
            throw Self.malformed("expected \(name) to be a list with at least one element")
        }
        guard elements.count <= limits.signers else {
            throw JOSEError(.tokenTooLarge, "expected at most \(limits.signers) in \(name), got \(elements.count)")
        }
        var objects: [JSONObject] = []
        for element in elements {
            guard let object = element.objectValue else { throw Self.malformed("expected objects in \(name)") }
            objects.append(object)
        }
        return objects
    }

    /// Refuses members of the other JSON serialization: a text that is both would mean two things.
    /// - Throws: `token-malformed`.
    func refuseTokenMembers(_ names: [String]) throws(JOSEError) {
        for name in names where self[name] != nil {
            throw Self.malformed("\(name) does not belong to this serialization")
        }
    }

    static func malformed(_ reason: String) -> JOSEError { JOSEError(.tokenMalformed, reason) }
}
