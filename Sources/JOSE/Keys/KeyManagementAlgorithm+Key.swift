internal import Crypto

extension KeyManagementAlgorithm {
    /// The algorithm that a key's `alg` names; the name of a content encryption stands for `dir` with it.
    /// - Throws: `key-invalid` if it names none.
    init(namedBy jwk: JWK) throws(JOSEError) {
        if let name = jwk.algorithm {
            if let algorithm = KeyManagementAlgorithm(rawValue: name) {
                self = algorithm
                return
            }
            if ContentEncryptionAlgorithm(rawValue: name) != nil {
                self = .dir
                return
            }
        }
        let why = jwk.algorithm.flatMap { name in RefusedAlgorithm.reason(name).map { ": \(name) is refused, \($0)" } }
        throw KeyMaterial.invalid("expected a key whose alg is an encryption algorithm\(why ?? "")")
    }

    /// One key, one algorithm: refuses a key that names another, and gives the content encryptions that are left.
    ///
    /// A key for `dir` is itself a content key, so its `alg` names the content encryption (or, less strictly, `dir`)
    /// and its size must be right.
    func contentEncryption(
        of jwk: JWK, among asked: Set<ContentEncryptionAlgorithm>
    ) throws(JOSEError) -> Set<ContentEncryptionAlgorithm> {
        guard !isPasswordBased else {
            throw JOSEError(.algorithmNotAllowed, "\(rawValue) takes a password, not a key")
        }
        var allowed = asked
        if let name = jwk.algorithm, !isSameText(name, rawValue) {
            guard self == .dir, let content = ContentEncryptionAlgorithm(rawValue: name) else {
                throw JOSEError(.keyMismatch, "the key's alg is not \(rawValue)")
            }
            allowed.formIntersection([content])
        }
        // Integrated encryption has no content encryption of its own that could be chosen.
        if isIntegrated { return [] }
        if self == .dir, case .symmetric(let secret) = jwk.material {
            allowed = allowed.filter { $0.keyBytes == secret.count }
        }
        guard !allowed.isEmpty else {
            throw JOSEError(.keyMismatch, "the key goes with none of the content encryptions asked for")
        }
        return allowed
    }

    /// The hash of an RSA-OAEP that the other library has to do.
    var oaepHash: OAEPHash? {
        switch self {
        case .rsaOAEP384: .sha384
        case .rsaOAEP512: .sha512
        default: nil
        }
    }

    /// The octets as a key of this algorithm.
    func sharedKey(_ secret: SecretBytes) throws(JOSEError) -> SymmetricKey {
        guard wrappingKeyBytes == nil || secret.count == wrappingKeyBytes else {
            throw JOSEError(
                .keyMismatch, "expected \(wrappingKeyBytes ?? 0) octets for \(rawValue), got \(secret.count)")
        }
        return secret.symmetricKey
    }

    func mismatch(_ material: KeyMaterial) -> JOSEError {
        let curve = material.curve.map { " \($0.rawValue)" } ?? ""
        return JOSEError(.keyMismatch, "a key of type \(material.keyType)\(curve) does not go with \(rawValue)")
    }
}
