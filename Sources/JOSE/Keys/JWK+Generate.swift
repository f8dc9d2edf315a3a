extension JWK {
    /// Makes a new private or symmetric key for one algorithm.
    ///
    /// - Parameters:
    ///   - algorithm: a JWS `alg` (`ES256`, `HS512` …), a JWE `alg` (`ECDH-ES`, `A256KW` …), or, for `dir`, the `enc`
    ///     that the key is for (`A256GCM` …). It becomes the key's `alg`; `EdDSA` becomes Ed25519, or Ed448 with that
    ///     curve.
    ///   - curve: for the ECDH-ES family X25519 (when nil), X448, P-256, P-384 or P-521; elsewhere nil or what the
    ///     algorithm says.
    ///   - kid: the key's name; when nil, 128 random bits in base64url that do not begin with `-`.
    ///   - use: `sig` or `enc`; when nil, what the algorithm says.
    ///   - rsaBits: the size of an RSA modulus, 2,048 to 8,192 in steps of 256.
    /// - Throws: `alg-not-allowed` for an unknown algorithm, for `dir` itself and for PBES2, `key-invalid` for a curve,
    ///   size or `kid` that does not fit.
    public static func generate(
        algorithm: String, curve: String? = nil, kid: String? = nil, use: String? = nil, rsaBits: Int = 2048
    ) throws(JOSEError) -> JWK {
        if let kid, !(1...maximumKeyIDBytes).contains(kid.utf8.count) {
            throw KeyMaterial.invalid("expected a kid of 1 to \(maximumKeyIDBytes) octets")
        }
        let material: KeyMaterial
        let purpose: String
        var name = algorithm
        if let signature = SignatureAlgorithm(name: algorithm, curve: curve) {
            name = signature.rawValue
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
            throw RefusedAlgorithm.refusal(of: algorithm, for: "keys")
        }
        guard use == nil || use == purpose else {
            throw JOSEError(.keyUseMismatch, "expected use \(purpose) for \(algorithm)")
        }
        return JWK(material: material, kid: kid ?? randomKeyID(), algorithm: name, use: purpose)
    }

    /// 128 random bits in base64url: a name that says nothing of the key. None begins with `-`, so that no command takes
    /// one for an option: those are drawn again.
    package static func randomKeyID() -> String {
        while true {
            let name = Base64URL.encode(randomBytes(16))
            if !name.hasPrefix("-") { return name }
        }
    }

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
        case .es256, .es384, .es512, .es256K, .ed25519, .ed448:
            try expect(curve, algorithm.curve)
            return try .generate(on: algorithm.curve ?? .p256)
        case .mlDSA65:
            try expect(curve, nil)
            return try .algorithmPair(.mlDSA65, seed: .random(count: KeyPairAlgorithm.seedBytes))
        case .mlDSA87:
            try expect(curve, nil)
            return try .algorithmPair(.mlDSA87, seed: .random(count: KeyPairAlgorithm.seedBytes))
        }
    }

    private static func generate(
        for algorithm: KeyManagementAlgorithm, curve: String?, rsaBits: Int
    ) throws(JOSEError) -> KeyMaterial {
        switch algorithm {
        case .dir:
            throw JOSEError(.algorithmNotAllowed, "a key for dir is named by its content encryption, as A256GCM")
        case .pbes2HS256A128KW, .pbes2HS384A192KW, .pbes2HS512A256KW:
            throw JOSEError(.algorithmNotAllowed, "PBES2 takes a password; A256KW takes a key that is made at random")
        case .rsaOAEP, .rsaOAEP256, .rsaOAEP384, .rsaOAEP512:
            try expect(curve, nil)
            return .rsa(try .generate(bits: rsaBits))
        case .ecdhES, .ecdhESA128KW, .ecdhESA192KW, .ecdhESA256KW:
            guard let chosen = EllipticCurve(rawValue: curve ?? "X25519"), chosen.isForAgreement else {
                throw KeyMaterial.invalid("expected curve X25519, X448, P-256, P-384 or P-521")
            }
            return try .generate(on: chosen)
        case .a128KW, .a192KW, .a256KW, .a128GCMKW, .a192GCMKW, .a256GCMKW:
            try expect(curve, nil)
            return .symmetric(.random(count: algorithm.wrappingKeyBytes ?? 32))
        case .hpke0, .hpke1, .hpke2, .hpke3, .hpke4, .hpke7, .hpke0KE, .hpke1KE, .hpke2KE, .hpke3KE, .hpke4KE, .hpke7KE:
            try expect(curve, algorithm.hpkeSuite?.curve)
            return try .generate(on: algorithm.hpkeSuite?.curve ?? .x25519)
        case .hpke9:
            try expect(curve, nil)
            return try .algorithmPair(.hpke9, seed: .random(count: KeyPairAlgorithm.seedBytes))
        case .hpke9KE:
            try expect(curve, nil)
            return try .algorithmPair(.hpke9KE, seed: .random(count: KeyPairAlgorithm.seedBytes))
        }
    }

    private static func expect(_ curve: String?, _ expected: EllipticCurve?) throws(JOSEError) {
        guard curve == nil || curve == expected?.rawValue else {
            throw KeyMaterial.invalid("the algorithm does not go with this curve")
        }
    }
}
