/// Which encryptions are accepted, whatever the token says of itself.
public struct DecryptionPolicy: Sendable {
    /// The ways of key management that are accepted. A key is bound to one of its own besides.
    public var algorithms: Set<KeyManagementAlgorithm>

    /// The content encryptions that are accepted.
    public var contentEncryption: Set<ContentEncryptionAlgorithm>

    /// The extensions that are understood.
    public var critical: CriticalExtensions

    /// Whether compressed plaintext (`zip: DEF`) is inflated, to `limits.inflatedBytes` at most. Off, because the
    /// length of what is compressed together with an attacker's text tells of it, and because of the work.
    public var dangerouslyAcceptsCompression: Bool

    /// Whether `alg` and `enc` are believed in the header that all recipients share, and `enc` in a recipient's own,
    /// where anybody can have written them (RFC 7516 allows it). The key's own algorithm and the lists still hold.
    ///
    /// `alg` in a recipient's own header needs no such trust: with several recipients it can be nowhere else.
    public var trustsUnprotectedAlgorithm: Bool

    /// Bounds of the token.
    public var limits: TokenLimits

    /// Makes a policy. Which algorithms are accepted has to be said.
    public init(
        algorithms: Set<KeyManagementAlgorithm>, contentEncryption: Set<ContentEncryptionAlgorithm>,
        critical: CriticalExtensions = .none, dangerouslyAcceptsCompression: Bool = false,
        trustsUnprotectedAlgorithm: Bool = false, limits: TokenLimits = .default
    ) {
        self.algorithms = algorithms
        self.contentEncryption = contentEncryption
        self.critical = critical
        self.dangerouslyAcceptsCompression = dangerouslyAcceptsCompression
        self.trustsUnprotectedAlgorithm = trustsUnprotectedAlgorithm
        self.limits = limits
    }

    /// Checks what can be known of a recipient's header before its key is.
    /// - Returns: its algorithms; without content encryption if the first encrypts the content itself.
    /// - Throws: `header-invalid`, `header-unprotected`, `alg-not-allowed`, `enc-not-allowed`, `crit-unknown`,
    ///   `zip-not-allowed`.
    func check(
        _ recipient: JWEMessage.Recipient
    ) throws(JOSEError) -> (algorithm: KeyManagementAlgorithm, content: ContentEncryptionAlgorithm?) {
        let header = recipient.header
        guard let algorithmName = header.algorithm else {
            throw JOSEError(.headerInvalid, "expected the header to have alg and enc")
        }
        let isIntegrated = recipient.isIntegrated
        guard isIntegrated == (header.members["enc"] == nil) else {
            throw JOSEError(
                .headerInvalid,
                isIntegrated ? "expected no enc beside this alg" : "expected the header to have alg and enc")
        }
        let isAlgorithmItsOwn = header.protected["alg"] != nil || recipient.own["alg"] != nil
        guard trustsUnprotectedAlgorithm || (isAlgorithmItsOwn && (isIntegrated || header.protected["enc"] != nil))
        else {
            throw JOSEError(.headerUnprotected, "enc may be in the protected header only, alg not in the shared one")
        }
        // draft-ietf-jose-hpke-encrypt section 5: nothing else says how the content is encrypted.
        guard !isIntegrated || header.protected["alg"] != nil else {
            throw JOSEError(.headerUnprotected, "alg may be in the protected header only")
        }
        guard let algorithm = KeyManagementAlgorithm(rawValue: algorithmName) else {
            throw RefusedAlgorithm.refusal(of: algorithmName, for: "encryption")
        }
        guard algorithms.contains(algorithm) else {
            throw JOSEError(.algorithmNotAllowed, "the header's alg \(algorithm.rawValue) is not among those allowed")
        }
        let content = isIntegrated ? nil : try content(header)
        try checkExtensions(header)
        return (algorithm, content)
    }

    private func content(_ header: JOSEHeader) throws(JOSEError) -> ContentEncryptionAlgorithm {
        guard let content = header.contentEncryption.flatMap(ContentEncryptionAlgorithm.init(rawValue:)) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the header's enc is not supported")
        }
        guard contentEncryption.contains(content) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the header's enc \(content.rawValue) is not allowed")
        }
        return content
    }

    private func checkExtensions(_ header: JOSEHeader) throws(JOSEError) {
        try critical.check(header.protected, understandsB64: false)
        if header.algorithm.flatMap(KeyManagementAlgorithm.init(rawValue:))?.isPasswordBased == true,
            let count = header["p2c"]?.integerValue, count > Int64(limits.pbes2Count)
        {
            throw JOSEError(.headerInvalid, "expected p2c of at most \(limits.pbes2Count)")
        }
        if let zip = header.protected["zip"] {
            guard zip == .string("DEF") else { throw JOSEError(.headerInvalid, "expected zip to be DEF") }
            guard dangerouslyAcceptsCompression else {
                throw JOSEError(.compressionNotAllowed, "compressed plaintext is not accepted here")
            }
        }
    }
}
