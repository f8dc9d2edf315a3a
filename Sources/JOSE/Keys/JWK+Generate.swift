internal import Crypto

extension JWK {
    /// Makes a new private or symmetric key for one algorithm.
    ///
    /// - Parameters:
    ///   - algorithm: a JWS `alg` (`ES256`, `HS512` …), a JWE `alg` (`ECDH-ES`, `A256KW` …), or, for `dir`, the `enc`
    ///     that the key is for (`A256GCM` …). It becomes the key's `alg`.
    ///   - curve: for the ECDH-ES family X25519 (when nil), P-256, P-384 or P-521; elsewhere nil or what the
    ///     algorithm says.
    ///   - kid: the key's name; when nil, 128 random bits in base64url.
    ///   - use: `sig` or `enc`; when nil, what the algorithm says.
    ///   - rsaBits: the size of an RSA modulus, 2,048 to 8,192 in steps of 256.
    /// - Throws: `alg-not-allowed` for an unknown algorithm or for `dir` itself, `key-invalid` for a curve, size or
    ///   `kid` that does not fit.
    public static func generate(
        algorithm: String, curve: String? = nil, kid: String? = nil, use: String? = nil, rsaBits: Int = 2048
    ) throws(JOSEError) -> JWK {
        if let kid, !(1...maximumKeyIDBytes).contains(kid.utf8.count) {
            throw KeyMaterial.invalid("expected a kid of 1 to \(maximumKeyIDBytes) octets")
        }
        let material: KeyMaterial
        let purpose: String
        if let signature = SignatureAlgorithm(name: algorithm) {
            purpose = "sig"
            material = try generate(for: signature, curve: curve, rsaBits: rsaBits)
        } else if let management = KeyManagementAlgorithm(rawValue: algorithm) {
            purpose = "enc"
            material = try generate(for: management, curve: curve, rsaBits: rsaBits)
        } else if let content = ContentEncryptionAlgorithm(rawValue: algorithm) {
            purpose = "enc"
            try expect(curve, nil)
            material = .symmetric(.random(count: content.keyBytes))
        } else {
            throw JOSEError(.algorithmNotAllowed, "no key can be made for this algorithm")
        }
        guard use == nil || use == purpose else {
            throw JOSEError(.keyUseMismatch, "expected use \(purpose) for \(algorithm)")
        }
        let name = SignatureAlgorithm(name: algorithm)?.rawValue ?? algorithm
        return JWK(material: material, kid: kid ?? randomKeyID(), algorithm: name, use: purpose)
    }

    /// 128 random bits in base64url: a name that says nothing of the key.
    static func randomKeyID() -> String { Base64URL.encode(randomBytes(16)) }

    private static func generate(
        for algorithm: SignatureAlgorithm, curve: String?, rsaBits: Int
    ) throws(JOSEError) -> KeyMaterial {
        switch algorithm {
        case .hs256, .hs384, .hs512:
            try expect(curve, nil)
            return .symmetric(.random(count: algorithm.digestBytes))
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
            try expect(curve, nil)
            return .rsa(try .generate(bits: rsaBits))
        case .es256:
            try expect(curve, .p256)
            return .generate(on: .p256)
        case .es384:
            try expect(curve, .p384)
            return .generate(on: .p384)
        case .es512:
            try expect(curve, .p521)
            return .generate(on: .p521)
        case .ed25519:
            try expect(curve, .ed25519)
            return .generate(on: .ed25519)
        }
    }

    private static func generate(
        for algorithm: KeyManagementAlgorithm, curve: String?, rsaBits: Int
    ) throws(JOSEError) -> KeyMaterial {
        switch algorithm {
        case .dir:
            throw JOSEError(.algorithmNotAllowed, "a key for dir is named by its content encryption, as A256GCM")
        case .rsaOAEP, .rsaOAEP256:
            try expect(curve, nil)
            return .rsa(try .generate(bits: rsaBits))
        case .ecdhES, .ecdhESA128KW, .ecdhESA192KW, .ecdhESA256KW:
            guard let chosen = EllipticCurve(rawValue: curve ?? "X25519"), chosen != .ed25519 else {
                throw KeyMaterial.invalid("expected curve X25519, P-256, P-384 or P-521")
            }
            return .generate(on: chosen)
        case .a128KW, .a192KW, .a256KW, .a128GCMKW, .a192GCMKW, .a256GCMKW:
            try expect(curve, nil)
            return .symmetric(.random(count: algorithm.wrappingKeyBytes ?? 32))
        }
    }

    private static func expect(_ curve: String?, _ expected: EllipticCurve?) throws(JOSEError) {
        guard curve == nil || curve == expected?.rawValue else {
            throw KeyMaterial.invalid("the algorithm does not go with this curve")
        }
    }
}

extension KeyMaterial {
    /// Makes a key pair.
    static func generate(on curve: EllipticCurve) -> KeyMaterial {
        switch curve {
        case .p256:
            let key = P256.Signing.PrivateKey()
            return elliptic(curve, point: [UInt8](key.publicKey.x963Representation), d: [UInt8](key.rawRepresentation))
        case .p384:
            let key = P384.Signing.PrivateKey()
            return elliptic(curve, point: [UInt8](key.publicKey.x963Representation), d: [UInt8](key.rawRepresentation))
        case .p521:
            let key = P521.Signing.PrivateKey()
            return elliptic(curve, point: [UInt8](key.publicKey.x963Representation), d: [UInt8](key.rawRepresentation))
        case .ed25519:
            let key = Curve25519.Signing.PrivateKey()
            let x = [UInt8](key.publicKey.rawRepresentation)
            return .octetPair(curve, x: x, d: SecretBytes([UInt8](key.rawRepresentation)))
        case .x25519:
            let key = Curve25519.KeyAgreement.PrivateKey()
            let x = [UInt8](key.publicKey.rawRepresentation)
            return .octetPair(curve, x: x, d: SecretBytes([UInt8](key.rawRepresentation)))
        }
    }

    /// `point` is uncompressed: one octet, then both coordinates.
    private static func elliptic(_ curve: EllipticCurve, point: [UInt8], d: [UInt8]) -> KeyMaterial {
        let x = [UInt8](point.dropFirst().prefix(curve.coordinateBytes))
        let y = [UInt8](point.suffix(curve.coordinateBytes))
        return .elliptic(curve, x: x, y: y, d: SecretBytes(d))
    }
}
