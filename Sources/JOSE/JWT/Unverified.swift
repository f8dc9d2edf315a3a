/// Something that nobody has vouched for. To use it is to say so.
public struct Unverified<Value: Sendable>: Sendable {
    /// The value, which anybody can have written.
    public let unverifiedValue: Value

    init(_ value: Value) {
        unverifiedValue = value
    }
}

/// The header and the claims of a token that nothing has been checked of.
public struct DecodedJWT: Sendable {
    /// The header.
    public let header: JSONObject

    /// The claims.
    public let claims: JWTClaims
}
