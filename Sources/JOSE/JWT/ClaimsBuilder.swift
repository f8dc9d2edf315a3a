/// Puts the claims of a token together.
///
/// ```swift
/// let claims = try ClaimsBuilder().issuer("https://as.example").subject("alice").audience("https://api.example")
///     .issuedNow().expires(in: .seconds(300)).randomJWTID().build()
/// ```
public struct ClaimsBuilder: Sendable {
    private var members: JSONObject
    private let now: Int64

    /// Begins with these claims, at the clock's time.
    public init(_ members: JSONObject = JSONObject(), clock: TokenClock = .system) {
        self.members = members
        now = clock.now()
    }

    /// Sets `iss`.
    public func issuer(_ value: String) -> ClaimsBuilder { claim("iss", .string(value)) }

    /// Sets `sub`.
    public func subject(_ value: String) -> ClaimsBuilder { claim("sub", .string(value)) }

    /// Sets `aud`: one value as a string, several as an array.
    public func audience(_ values: String...) -> ClaimsBuilder {
        claim("aud", values.count == 1 ? .string(values[0]) : .array(values.map { .string($0) }))
    }

    /// Sets `jti`.
    public func jwtID(_ value: String) -> ClaimsBuilder { claim("jti", .string(value)) }

    /// Sets `jti` to 128 random bits.
    public func randomJWTID() -> ClaimsBuilder { jwtID(Base64URL.encode(randomBytes(16))) }

    /// Sets `nonce`.
    public func nonce(_ value: String) -> ClaimsBuilder { claim("nonce", .string(value)) }

    /// Sets `iat` to now.
    public func issuedNow() -> ClaimsBuilder { claim("iat", .integer(now)) }

    /// Sets `exp` to a time from now.
    public func expires(in time: Duration) -> ClaimsBuilder { claim("exp", later(time)) }

    /// Sets `exp`, in seconds since 1970.
    public func expires(at seconds: Int64) -> ClaimsBuilder { claim("exp", .integer(seconds)) }

    /// Sets `nbf` to a time from now.
    public func notBefore(in time: Duration) -> ClaimsBuilder { claim("nbf", later(time)) }

    /// Sets `nbf`, in seconds since 1970.
    public func notBefore(at seconds: Int64) -> ClaimsBuilder { claim("nbf", .integer(seconds)) }

    /// Sets any claim; nil takes it out.
    public func claim(_ name: String, _ value: JSONValue?) -> ClaimsBuilder {
        var copy = self
        copy.members[name] = value
        return copy
    }

    /// The claims.
    /// - Throws: `claim-invalid` if one that is registered has a value that it may not have.
    public func build() throws(JOSEError) -> JSONObject {
        _ = try JWTClaims(parsing: members.serialized())
        return members
    }

    /// A time that no claim can hold stays one, for `build` to refuse.
    private func later(_ time: Duration) -> JSONValue {
        let (sum, overflow) = now.addingReportingOverflow(time.components.seconds)
        return .integer(overflow ? -1 : sum)
    }
}
