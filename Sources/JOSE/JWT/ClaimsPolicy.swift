/// What claims must say (RFC 7519 section 4.1, RFC 9068 section 4).
///
/// Texts are compared code point by code point, and whole. Where a list is asked for, an empty one allows nothing.
public struct ClaimsPolicy: Sendable, Equatable {
    /// What `aud` must be.
    public enum Audience: Sendable, Equatable {
        /// Anything, or absent. For tokens whose recipient is settled otherwise.
        case anyone
        /// One of its values must be one of these.
        case any(of: [String])
        /// Each of these must be among its values.
        case all(of: [String])
        /// It must be this one value, as a string or as an array of one: nobody else is meant too.
        case only(String)

        /// One of its values must be this.
        public static func includes(_ value: String) -> Audience { .any(of: [value]) }
    }

    /// What `iss` may be; nil allows any and none.
    public var issuers: [String]?

    /// What `sub` may be; nil allows any and none.
    public var subjects: [String]?

    /// What `jti` may be; nil allows any and none.
    public var jwtIDs: [String]?

    /// What `nonce` may be (OpenID Connect Core section 2); nil allows any and none.
    public var nonces: [String]?

    /// What `aud` must be.
    public var audience: Audience

    /// Claims that must be there; `exp` unless it is taken out.
    public var requiredClaims: [String]

    /// By how much clocks may differ, 0 to 3,600 seconds; fractions are cut off.
    public var leeway: Duration

    /// The longest time since `iat`, which is then required; nil allows any. Fractions of seconds are cut off.
    public var maxAge: Duration?

    /// What the header's `typ` must be; nil allows any. Looked at by those that see the header: `JWT.verify` and
    /// `JWT.open`.
    public var type: String?

    /// Whether tokens are accepted after their `exp`. It must still be there if it is required.
    public var dangerouslyIgnoresExpiration = false

    /// Whether tokens are accepted before their `nbf`.
    public var dangerouslyIgnoresNotBefore = false

    /// Makes a policy.
    public init(
        issuer: String? = nil, audience: Audience = .anyone, requiredClaims: [String] = ["exp"],
        leeway: Duration = .seconds(30), maxAge: Duration? = nil, type: String? = nil
    ) {
        issuers = issuer.map { [$0] }
        self.audience = audience
        self.requiredClaims = requiredClaims
        self.leeway = leeway
        self.maxAge = maxAge
        self.type = type
    }

    /// The rules of OAuth access tokens (RFC 9068 section 4): `typ` is `at+jwt`, the issuer is this one, the audience
    /// includes this one, and the claims that section 2.2 requires are there.
    public static func accessToken(issuer: String, audience: String) -> ClaimsPolicy {
        ClaimsPolicy(
            issuer: issuer, audience: .includes(audience),
            requiredClaims: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"], type: "at+jwt"
        )
    }

    /// Checks claims at a time.
    /// - Parameter now: seconds since 1970.
    /// - Throws: the refusal of the first check that fails: `claim-missing`, `issuer-mismatch`, `subject-mismatch`,
    ///   `audience-mismatch`, `jti-mismatch`, `nonce-mismatch`, `token-expired`, `token-not-yet-valid`,
    ///   `token-too-old`.
    public func check(_ claims: JWTClaims, now: Int64) throws(JOSEError) {
        for check in ClaimsCheck.allCases { try check.run(claims, self, now: now) }
    }

    /// Every check with its outcome, for showing a person why a token is refused, or why it is not.
    public func examine(_ claims: JWTClaims, now: Int64) -> [(check: ClaimsCheck, refusal: JOSEError?)] {
        ClaimsCheck.allCases.filter { $0.isAsked(claims, self) }.map { check in
            do throws(JOSEError) {
                try check.run(claims, self, now: now)
                return (check, nil)
            } catch {
                return (check, error)
            }
        }
    }
}
