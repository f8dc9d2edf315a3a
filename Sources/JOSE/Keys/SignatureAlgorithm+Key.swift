extension SignatureAlgorithm {
    /// The algorithm that a key's `alg` names.
    /// - Throws: `key-invalid` if it names none.
    init(namedBy jwk: JWK) throws(JOSEError) {
        guard let name = jwk.algorithm, let algorithm = SignatureAlgorithm(name: name, curve: jwk.curve) else {
            let why = jwk.algorithm.flatMap { name in
                RefusedAlgorithm.reason(name).map { ": \(name) is refused, \($0)" }
            }
            throw KeyMaterial.invalid("expected a key whose alg is a signature algorithm\(why ?? "")")
        }
        self = algorithm
    }

    /// One key, one algorithm: a key that names another is refused.
    func checkNamed(by jwk: JWK) throws(JOSEError) {
        guard let name = jwk.algorithm else { return }
        guard isNamed(name) else {
            throw JOSEError(.keyMismatch, "the key's alg is not \(rawValue)")
        }
    }

    func mismatch(_ material: KeyMaterial) -> JOSEError {
        let curve = material.curve.map { " \($0.rawValue)" } ?? ""
        return JOSEError(.keyMismatch, "a key of type \(material.keyType)\(curve) does not go with \(rawValue)")
    }
}
