/// What a JWS's protected header says (RFC 7515 section 4).
struct JWSHeader {
    /// `alg`, which stands for an algorithm of this library.
    let algorithmName: String
    let kid: String?

    /// Members that carry or point to keys (`jwk`, `jku`, `x5c`, `x5u`) mean nothing here: a token does not choose who
    /// is trusted.
    /// - Throws: `header-invalid`, `alg-not-allowed`.
    init(_ header: ProtectedHeader) throws(JOSEError) {
        try header.refuseExtensions()
        algorithmName = try header.requiredText("alg")
        guard SignatureAlgorithm(name: algorithmName) != nil else {
            throw RefusedAlgorithm.refusal(of: algorithmName, for: "signatures")
        }
        kid = try header.text("kid")
    }
}
