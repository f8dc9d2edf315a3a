/// A protected header, decoded and checked as JSON, not yet as anything else.
struct ProtectedHeader {
    let octets: [UInt8]
    let tape: JSONTape

    /// - Throws: `token-too-large`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`; `header-invalid` if it
    ///   is no object.
    init(encoded: Span<UInt8>, limits: TokenLimits) throws(JOSEError) {
        guard let count = Base64URL.decodedCount(encoded.count) else { throw Base64URL.invalid }
        guard count <= limits.headerBytes else {
            throw JOSEError(.tokenTooLarge, "expected a header of at most \(limits.headerBytes) octets, got \(count)")
        }
        let decoded = try Base64URL.decode(encoded)
        tape = try JSONTape(parsing: decoded.span, limits: limits.json)
        octets = decoded
        guard tape.parts[0].kind == .object else {
            throw JOSEError(.headerInvalid, "expected the header to be a JSON object")
        }
    }

    /// A header put together from the protected and unprotected parts of a JSON serialization, each of which was
    /// checked by itself.
    /// - Throws: `json-invalid` if together they are nested deeper or longer than the limits allow.
    init(joined members: JSONObject, limits: TokenLimits) throws(JOSEError) {
        let text = members.serialized()
        tape = try JSONTape(parsing: text.span, limits: limits.json)
        octets = text
    }

    /// The members as a value.
    var object: JSONObject { tape.object(at: 0, in: octets.span) }

    /// Whether the member is there.
    func has(_ name: StaticString) -> Bool { tape.member(name, in: octets.span) != nil }

    /// The text of a member, or nil if it is absent.
    /// - Throws: `header-invalid` if it is no string.
    func text(_ name: StaticString) throws(JOSEError) -> String? {
        guard let index = tape.member(name, in: octets.span) else { return nil }
        guard let text = tape.string(at: index, in: octets.span) else { throw Self.notText(name) }
        return text
    }

    /// The text of a member that has to be there.
    /// - Throws: `header-invalid`.
    func requiredText(_ name: StaticString) throws(JOSEError) -> String {
        guard let text = try text(name) else { throw JOSEError(.headerInvalid, "expected the header to have \(name)") }
        return text
    }

    /// Lends the octets of the string at a place, after escapes; nil if there is something else.
    func withOctets<Result>(
        at index: Int, _ body: (Span<UInt8>) throws(JOSEError) -> Result
    ) throws(JOSEError) -> Result? {
        let part = tape.parts[index]
        switch part.kind {
        case .string: return try body(tape.octets(of: part, in: octets.span))
        case .escapedString:
            let decoded = JSONString.decode(tape.octets(of: part, in: octets.span))
            return try body(decoded.span)
        default: return nil
        }
    }

    /// Lends the octets of a member that has to be there and a string; its place 0 stands for none.
    /// - Throws: `header-invalid`.
    func withText<Result>(
        _ name: StaticString, at index: Int, _ body: (Span<UInt8>) throws(JOSEError) -> Result
    ) throws(JOSEError) -> Result {
        guard index != 0 else { throw JOSEError(.headerInvalid, "expected the header to have \(name)") }
        guard let result = try withOctets(at: index, body) else { throw Self.notText(name) }
        return result
    }

    /// The decoded octets of a member that has to be there; its place 0 stands for none.
    /// - Throws: `header-invalid`.
    func base64(_ name: StaticString, at index: Int) throws(JOSEError) -> [UInt8] {
        let decoded = try withText(name, at: index) { (text) throws(JOSEError) in try? Base64URL.decode(text) }
        guard let decoded else { throw JOSEError(.headerInvalid, "expected \(name) in the header to be base64url") }
        return decoded
    }

    /// Refuses what no header here may have: `crit` names extensions that must be understood, and none are;
    /// `b64` changes what is signed (RFC 7797); `zip` makes sizes depend on secrets and bombs possible.
    /// - Throws: `header-invalid`.
    func refuseExtensions() throws(JOSEError) {
        guard !has("crit") else { throw JOSEError(.headerInvalid, "crit is refused: no extensions are supported") }
        guard !has("b64") else { throw JOSEError(.headerInvalid, "b64 is refused") }
        guard !has("zip") else { throw JOSEError(.headerInvalid, "zip is refused") }
    }

    /// Refuses members outside a list.
    /// - Throws: `header-member-unknown`.
    func allowOnly(_ isAllowed: (Span<UInt8>) -> Bool) throws(JOSEError) {
        var index = 1
        while index < tape.parts.count {
            let name = tape.parts[index]
            // A name with escapes is no spelling that anyone needs.
            guard name.kind == .string, isAllowed(tape.octets(of: name, in: octets.span)) else {
                let text = tape.string(at: index, in: octets.span) ?? ""
                throw JOSEError(.headerMemberUnknown, "the header may not have \(text.prefix(32))")
            }
            index = Int(tape.parts[index + 1].next)
        }
    }

    static func notText(_ name: StaticString) -> JOSEError {
        JOSEError(.headerInvalid, "expected \(name) in the header to be a string")
    }
}
