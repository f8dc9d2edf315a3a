/// What a JWS's protected header says (RFC 7515 section 4).
struct JWSHeader {
    let algorithm: SignatureAlgorithm
    let kid: String?

    /// Members that carry or point to keys (`jwk`, `jku`, `x5c`, `x5u`) mean nothing here: a token does not choose who
    /// is trusted.
    /// - Throws: `header-invalid`, `alg-not-allowed`.
    init(_ header: ProtectedHeader) throws(JOSEError) {
        try header.refuseExtensions()
        guard let algorithm = SignatureAlgorithm(name: try header.requiredText("alg")) else {
            throw JOSEError(.algorithmNotAllowed, "the header's alg is not supported")
        }
        self.algorithm = algorithm
        kid = try header.text("kid")
    }
}
