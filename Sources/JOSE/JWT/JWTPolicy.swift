/// Which tokens are accepted: by whom signed, with what claims, at what time.
public struct JWTPolicy: Sendable {
    /// Which signatures are accepted. A JWT is compact and its payload encoded, whatever is said here
    /// (RFC 7519 section 1, RFC 7797 section 7).
    public var signature: SignaturePolicy

    /// What the claims and the header's `typ` must say.
    public var claims: ClaimsPolicy

    /// Where the time comes from.
    public var clock: TokenClock

    /// Makes a policy. Which algorithms are accepted has to be said.
    public init(
        algorithms: Set<SignatureAlgorithm>, claims: ClaimsPolicy = ClaimsPolicy(),
        critical: CriticalExtensions = .none, clock: TokenClock = .system, limits: TokenLimits = .default
    ) {
        signature = SignaturePolicy(
            algorithms: algorithms, critical: critical, acceptsUnencodedPayload: false, limits: limits
        )
        self.claims = claims
        self.clock = clock
    }

    /// The rules of the signature, with what no JWT may do taken away.
    var strictSignature: SignaturePolicy {
        var policy = signature
        policy.acceptsUnencodedPayload = false
        return policy
    }
}
