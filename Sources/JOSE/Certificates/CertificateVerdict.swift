/// What came of judging a certificate chain, check by check.
public struct CertificateVerdict: Sendable {
    /// The checks, in the order in which they are made.
    public enum Check: String, Sendable, CaseIterable {
        /// The chain is no longer, and no certificate larger, than allowed.
        case size
        /// Every certificate is strict DER of an X.509 certificate.
        case form
        /// Each certificate is followed by its issuer, and none comes twice.
        case order
        /// No signature uses a hash that is broken, and every key would pass as a JWK.
        case strength
        /// No certificate's time is over or to come.
        case validity
        /// The leaf may sign data, the others certificates.
        case usage
        /// The leaf bears a name that is asked for.
        case name
        /// Signatures lead to a trusted root, within the constraints of RFC 5280.
        case path
    }

    /// One check and its outcome.
    public struct Step: Sendable, Equatable {
        /// What was checked.
        public let check: Check
        /// Whether it passed. A failed one is the last.
        public let passed: Bool
        /// What was found: for people.
        public let reason: String
    }

    /// The checks that were made. The last failed, unless all passed.
    public internal(set) var steps: [Step] = []

    /// The leaf's public key, without `kid` or `alg`; nil unless every check passed.
    public internal(set) var key: JWK?

    /// Whether every check passed.
    public var isTrusted: Bool { key != nil }

    /// Why the chain is not trusted; nil if it is. `certificate-invalid` for what is no chain of certificates,
    /// `certificate-untrusted` for everything else.
    public var refusal: JOSEError? {
        guard !isTrusted else { return nil }
        guard let last = steps.last else { return CertificateMembers.invalid("nothing was checked") }
        let isMalformed = last.check == .size || last.check == .form || last.check == .order
        return JOSEError(
            isMalformed ? .certificateInvalid : .certificateUntrusted, "\(last.check.rawValue): \(last.reason)")
    }
}
