extension JWS {
    /// Verifies with the key of the certificates that the token carries in `x5c`, if `trust` believes them.
    ///
    /// `jwk`, `jku`, `x5u` and a SHA-1 `x5t` mean nothing here either.
    /// - Parameters:
    ///   - token: a compact JWS.
    ///   - algorithms: what the header's `alg` may be.
    ///   - now: seconds since 1970, at which the certificates have to be valid.
    /// - Throws: `key-not-found` if the token carries no `x5c`; `certificate-invalid`, `certificate-untrusted`;
    ///   otherwise as `verify(_:key:limits:)`.
    public static func verify(
        _ token: [UInt8], trust: CertificateTrust, algorithms: Set<SignatureAlgorithm>, now: Int64,
        limits: TokenLimits = .default
    ) async throws(JOSEError) -> CertifiedJWS {
        let (name, chain) = try certificates(in: token.span, limits: limits)
        let notAllowed = JOSEError(.algorithmNotAllowed, "the token's alg \(name) is not among those allowed")
        guard algorithms.contains(where: { $0.isNamed(name) }) else { throw notAllowed }
        let verdict = await trust.evaluate(chain, now: now)
        guard let key = verdict.key else { throw verdict.refusal ?? CertificateMembers.invalid("expected a key") }
        guard let algorithm = SignatureAlgorithm(name: name, curve: key.curve), algorithms.contains(algorithm) else {
            throw notAllowed
        }
        let verified = try verify(token.span, key: try VerificationKey(key, algorithm: algorithm), limits: limits)
        return CertifiedJWS(token: verified, verdict: verdict)
    }

    /// The algorithm and the certificates that a header names; nothing about them has been checked but their form.
    private static func certificates(
        in token: Span<UInt8>, limits: TokenLimits
    ) throws(JOSEError) -> (algorithmName: String, chain: [[UInt8]]) {
        try limits.check(token)
        let parts = try CompactJWSParts(token)
        let header = try ProtectedHeader(encoded: token.extracting(parts.header), limits: limits)
        let name = try JWSHeader(header).algorithmName
        let members = header.object
        let thumbprint = try CertificateMembers.thumbprint(members["x5t#S256"])
        guard let chain = try CertificateMembers.chain(members["x5c"]) else {
            throw JOSEError(.keyNotFound, "the token carries no certificates: expected x5c in its header")
        }
        try CertificateMembers.check(thumbprint, of: chain[0])
        return (name, chain)
    }
}

/// A verified JWS and why its key was believed.
public struct CertifiedJWS: Sendable {
    /// The token: its payload is what the leaf certificate's holder signed.
    public let token: VerifiedJWS

    /// The checks that the certificates passed.
    public let verdict: CertificateVerdict
}
