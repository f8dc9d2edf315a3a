extension JWK {
    /// Reads and checks the one key of a PEM text: `PUBLIC KEY`, `PRIVATE KEY`, `RSA PUBLIC KEY`, `RSA PRIVATE KEY`,
    /// `EC PRIVATE KEY`, or the public key of a `CERTIFICATE`.
    ///
    /// PEM says neither what a key is for nor what it is called: that is the caller's to add. `EC PARAMETERS`, which
    /// OpenSSL writes before a key, are passed over; the key names its curve itself.
    /// - Throws: `pem-invalid`, also for more than one key; `der-invalid`, `key-encrypted`, `key-invalid`; `key-mismatch`
    ///   if the type of the key is itself another algorithm.
    public init(
        pem: [UInt8], kid: String? = nil, algorithm: String? = nil, use: String? = nil
    ) throws(JOSEError) {
        let structures = try Self.structures(pem)
        guard let structure = structures.first, structures.count == 1 else {
            throw PEMBlock.invalid("expected one key, got \(structures.count)")
        }
        try self.init(structure, kid: kid, algorithm: algorithm, use: use)
    }

    /// Reads and checks a key in DER; see `init(pem:kid:algorithm:use:)`.
    /// - Parameter form: what the structure is; nil: what its outermost fields show.
    /// - Throws: `der-invalid`, `key-encrypted`, `key-invalid`, `key-mismatch`.
    public init(
        der: [UInt8], form: KeyForm? = nil, kid: String? = nil, algorithm: String? = nil, use: String? = nil
    ) throws(JOSEError) {
        try self.init(try KeyStructure(der: der, form: form), kid: kid, algorithm: algorithm, use: use)
    }

    /// The key in DER.
    ///
    /// A private form holds the secret: whoever gets it takes over wiping it.
    /// - Throws: `key-mismatch` if a key of this type, or without a private half, does not come in that form.
    public func der(_ form: KeyForm) throws(JOSEError) -> [UInt8] {
        try material.der(form)
    }

    /// The key in PEM; see `der(_:)`.
    public func pem(_ form: KeyForm) throws(JOSEError) -> [UInt8] {
        var der = try der(form)
        defer { unsafe der.withUnsafeMutableBytes { unsafe wipe($0) } }
        return PEMBlock.text(label: form.rawValue, octets: der.span)
    }

    private init(
        _ structure: KeyStructure, kid: String?, algorithm: String?, use: String?
    ) throws(JOSEError) {
        if let kid, !(1...Self.maximumKeyIDBytes).contains(kid.utf8.count) {
            throw KeyMaterial.invalid("expected a kid of 1 to \(Self.maximumKeyIDBytes) octets")
        }
        let material = try KeyMaterial(structure)
        var algorithm = algorithm
        // The type of such a key is itself the algorithm (RFC 9964 section 3).
        if case .algorithmPair(let pair, _, _) = material {
            if let algorithm, !isSameText(algorithm, pair.rawValue) {
                throw JOSEError(.keyMismatch, "the key is for \(pair.rawValue)")
            }
            algorithm = pair.rawValue
        }
        self.init(material: material, kid: kid, algorithm: algorithm, use: use)
    }

    /// The keys of a PEM text, as structures.
    fileprivate static func structures(_ pem: [UInt8]) throws(JOSEError) -> [KeyStructure] {
        var structures: [KeyStructure] = []
        for block in try PEMBlock.read(pem) where !isSameText(block.label, "EC PARAMETERS") {
            structures.append(try KeyStructure(block))
        }
        return structures
    }

    fileprivate static func keys(_ pem: [UInt8]) throws(JOSEError) -> [JWK] {
        var keys: [JWK] = []
        for structure in try structures(pem) {
            keys.append(try JWK(structure, kid: nil, algorithm: nil, use: nil))
        }
        return keys
    }
}

extension JWKSet {
    /// Reads and checks every key of a PEM text, in order, each as `JWK.init(pem:kid:algorithm:use:)` does. One that
    /// is bad spoils the text.
    /// - Throws: `pem-invalid`, `der-invalid`, `key-encrypted`, `key-invalid`.
    public init(pem: [UInt8]) throws(JOSEError) {
        let keys = try JWK.keys(pem)
        guard !keys.isEmpty else { throw PEMBlock.invalid("expected a key") }
        self.init(keys)
    }
}
