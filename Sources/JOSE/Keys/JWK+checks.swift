extension JWK {
    /// Reads and checks a key.
    /// - Throws: `key-invalid`; `certificate-invalid`, `der-invalid` or `key-mismatch` for an `x5c` or `x5t#S256` that is
    ///   malformed or another key's.
    public init(_ object: JSONObject) throws(JOSEError) {
        let unchecked = try JWK(unchecked: object)
        let material = try unchecked.material.checked()
        try CertificateMembers.check(object, material)
        self.init(
            material: material, kid: unchecked.kid, algorithm: unchecked.algorithm, use: unchecked.use,
            keyOperations: unchecked.keyOperations, others: unchecked.others
        )
    }

    /// Reads and checks a key.
    /// - Throws: `json-invalid`, `json-duplicate-member`; otherwise as `init(_:)`.
    public init(parsing text: [UInt8]) throws(JOSEError) {
        try self.init(JSONObject(parsing: text))
    }
}
