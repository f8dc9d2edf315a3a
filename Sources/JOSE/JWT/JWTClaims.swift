/// A set of claims (RFC 7519 section 4): an object whose registered members are of the right types.
///
/// It keeps the text and its parts; a claim is decoded when it is asked for. It says nothing of who made it: that is
/// said by what it came in (`OpenedToken`, `VerifiedJWT`).
public struct JWTClaims: Sendable {
    /// The text that the claims were read from.
    public let payload: [UInt8]

    private let tape: JSONTape
    private var registered = RegisteredClaims()

    /// Reads claims.
    ///
    /// Refused: what is no JSON object; `iss`, `sub`, `jti`, `scope`, `client_id` that are no strings; `aud` that is
    /// neither a string nor a non-empty array of strings; `exp`, `nbf`, `iat` that are no numbers of seconds from 0 to
    /// 2^53.
    /// - Throws: `json-invalid`, `json-duplicate-member`, `claim-invalid`.
    public init(parsing payload: [UInt8], limits: JSONLimits = .default) throws(JOSEError) {
        self.payload = payload
        tape = try JSONTape(parsing: payload.span, limits: limits)
        guard tape.parts[0].kind == .object else {
            throw JOSEError(.claimInvalid, "expected the claims to be an object")
        }
        let octets = payload.span
        var index = 1
        while index < tape.parts.count {
            try registered.note(tape, name: index, octets)
            index = Int(tape.parts[index + 1].next)
        }
    }

    /// `iss`.
    public var issuer: String? { text(registered.issuer) }

    /// `sub`.
    public var subject: String? { text(registered.subject) }

    /// `aud`, of which a single string is an array of one; empty if it is absent.
    public var audience: [String] {
        guard let index = registered.audience else { return [] }
        if let single = text(index) { return [single] }
        var values: [String] = []
        var element = index + 1
        while element < Int(tape.parts[index].next) {
            if let value = text(element) { values.append(value) }
            element += 1
        }
        return values
    }

    /// `exp`, in seconds since 1970; fractions are cut off.
    public var expiresAt: Int64? { registered.expiresAt }

    /// `nbf`, in seconds since 1970; fractions are rounded up.
    public var notBefore: Int64? { registered.notBefore }

    /// `iat`, in seconds since 1970; fractions are cut off.
    public var issuedAt: Int64? { registered.issuedAt }

    /// `jti`.
    public var jwtID: String? { text(registered.jwtID) }

    /// `scope`, as it was written: names between spaces (RFC 8693 section 4.2).
    public var scope: String? { text(registered.scope) }

    /// `client_id` (RFC 8693 section 4.3).
    public var clientID: String? { text(registered.clientID) }

    /// Any claim.
    public subscript(_ name: String) -> JSONValue? {
        guard let index = tape.member(name, in: payload.span) else { return nil }
        return tape.value(at: index, in: payload.span)
    }

    /// All claims.
    public var object: JSONObject { tape.object(at: 0, in: payload.span) }

    /// Octets of memory that the claims hold beside their own place.
    package var storage: Int {
        let header = 32  // What the run-time puts before an array's elements.
        return 2 * header + payload.capacity + tape.parts.capacity * MemoryLayout<JSONTape.Part>.stride
    }

    /// Whether the claim is there.
    public func has(_ name: String) -> Bool { tape.member(name, in: payload.span) != nil }

    private func text(_ index: Int?) -> String? {
        index.flatMap { tape.string(at: $0, in: payload.span) }
    }
}

extension JWTClaims {
    /// Whether `iss` is exactly this.
    func isIssuer(_ expected: String) -> Bool { issuer.map { isSameText($0, expected) } ?? false }
}

/// Where the registered claims are, or what they say.
struct RegisteredClaims: Sendable {
    var issuer: Int?
    var subject: Int?
    var audience: Int?
    var jwtID: Int?
    var scope: Int?
    var clientID: Int?
    var expiresAt: Int64?
    var notBefore: Int64?
    var issuedAt: Int64?

    /// Takes down the claim whose name is the part at `name`, if it is a registered one.
    mutating func note(_ tape: JSONTape, name: Int, _ octets: Span<UInt8>) throws(JOSEError) {
        let part = tape.parts[name]
        let value = name + 1
        let written = tape.octets(of: part, in: octets)
        guard part.kind == .escapedString else { return try note(written, tape, value, octets) }
        let decoded = JSONString.decode(written)
        try note(decoded.span, tape, value, octets)
    }

    /// By length first, and names of three letters by one number: most claims are none of these.
    private mutating func note(
        _ name: Span<UInt8>, _ tape: JSONTape, _ value: Int, _ octets: Span<UInt8>
    ) throws(JOSEError) {
        switch name.count {
        case 3:
            switch UInt32(name[0]) << 16 | UInt32(name[1]) << 8 | UInt32(name[2]) {
            case 0x69_73_73: issuer = try text(tape, value, "iss")
            case 0x73_75_62: subject = try text(tape, value, "sub")
            case 0x61_75_64: audience = try texts(tape, value)
            case 0x65_78_70: expiresAt = try date(tape, value, octets, "exp", .down)
            case 0x6E_62_66: notBefore = try date(tape, value, octets, "nbf", .up)
            case 0x69_61_74: issuedAt = try date(tape, value, octets, "iat", .down)
            case 0x6A_74_69: jwtID = try text(tape, value, "jti")
            default: break
            }
        case 5 where name.isEqual(to: "scope"): scope = try text(tape, value, "scope")
        case 9 where name.isEqual(to: "client_id"): clientID = try text(tape, value, "client_id")
        default: break
        }
    }

    private func isText(_ tape: JSONTape, _ index: Int) -> Bool {
        tape.parts[index].kind == .string || tape.parts[index].kind == .escapedString
    }

    private func text(_ tape: JSONTape, _ index: Int, _ name: StaticString) throws(JOSEError) -> Int {
        guard isText(tape, index) else { throw JOSEError(.claimInvalid, "expected \(name) to be a string") }
        return index
    }

    private func texts(_ tape: JSONTape, _ index: Int) throws(JOSEError) -> Int {
        if isText(tape, index) { return index }
        let end = Int(tape.parts[index].next)
        guard tape.parts[index].kind == .array, end > index + 1, (index + 1..<end).allSatisfy({ isText(tape, $0) })
        else { throw JOSEError(.claimInvalid, "expected aud to be a string or a non-empty array of strings") }
        return index
    }

    private func date(
        _ tape: JSONTape, _ index: Int, _ octets: Span<UInt8>, _ name: StaticString, _ rule: FloatingPointRoundingRule
    ) throws(JOSEError) -> Int64 {
        let part = tape.parts[index]
        let number = tape.octets(of: part, in: octets)
        let latest: Int64 = 1 << 53
        if part.kind == .integer, let seconds = JSONNumber.integer(number), (0...latest).contains(seconds) {
            return seconds
        }
        if part.kind == .number, let seconds = JSONNumber.double(number)?.rounded(rule),
            (0...Double(latest)).contains(seconds)
        {
            return Int64(seconds)
        }
        throw JOSEError(.claimInvalid, "expected \(name) to be seconds since 1970")
    }
}
