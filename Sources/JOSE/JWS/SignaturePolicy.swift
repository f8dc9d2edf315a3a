/// Which signatures are accepted, whatever the token says of itself.
public struct SignaturePolicy: Sendable {
    /// The algorithms that are accepted. A key is bound to one of its own besides: both have to agree with the header.
    public var algorithms: Set<SignatureAlgorithm>

    /// The extensions that are understood.
    public var critical: CriticalExtensions

    /// Whether payloads that are signed as they are (`b64: false`, RFC 7797) are accepted. Never in a JWT.
    public var acceptsUnencodedPayload: Bool

    /// Whether `alg` is believed where anybody can have written it, in the unprotected header of a JSON serialization
    /// (RFC 7515 allows it). The key's own algorithm and `algorithms` still hold.
    public var trustsUnprotectedAlgorithm: Bool

    /// Bounds of the token.
    public var limits: TokenLimits

    /// Makes a policy. Which algorithms are accepted has to be said.
    public init(
        algorithms: Set<SignatureAlgorithm>, critical: CriticalExtensions = .none,
        acceptsUnencodedPayload: Bool = true, trustsUnprotectedAlgorithm: Bool = false, limits: TokenLimits = .default
    ) {
        self.algorithms = algorithms
        self.critical = critical
        self.acceptsUnencodedPayload = acceptsUnencodedPayload
        self.trustsUnprotectedAlgorithm = trustsUnprotectedAlgorithm
        self.limits = limits
    }

    /// Checks what can be known of a signature before its key is.
    /// - Returns: the name that the header has for its algorithm. `EdDSA` leaves it to the key which of two it is.
    /// - Throws: `header-invalid`, `header-unprotected`, `alg-not-allowed`, `crit-unknown`.
    func check(_ header: JOSEHeader) throws(JOSEError) -> String {
        guard let name = header.algorithm else { throw JOSEError(.headerInvalid, "expected the header to have alg") }
        guard header.protected["alg"] != nil || trustsUnprotectedAlgorithm else {
            throw JOSEError(.headerUnprotected, "alg may be in the protected header only")
        }
        guard SignatureAlgorithm(name: name) != nil else { throw RefusedAlgorithm.refusal(of: name, for: "signatures") }
        guard algorithms.contains(where: { $0.isNamed(name) }) else {
            throw JOSEError(.algorithmNotAllowed, "the header's alg \(name) is not among those allowed")
        }
        try critical.check(header.protected, understandsB64: true)
        return name
    }
}

/// Which of several signatures have to hold.
public enum SignatureRequirement: Sendable, Equatable {
    /// At least one, with one of the given keys. What the others say, or whether they hold, means nothing.
    case anyOne
    /// Every one, each with one of the given keys.
    case every
}
