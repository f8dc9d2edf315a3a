/// What a JWE's protected header says (RFC 7516 section 4, RFC 7518 sections 4.6 and 4.7).
struct JWEHeader {
    let algorithm: KeyManagementAlgorithm
    let contentEncryption: ContentEncryptionAlgorithm
    let kid: String?
    let parameters: KeyManagementParameters

    /// - Throws: `header-invalid`, `alg-not-allowed`, `enc-not-allowed`.
    init(_ header: ProtectedHeader) throws(JOSEError) {
        try header.refuseExtensions()
        guard let algorithm = KeyManagementAlgorithm(rawValue: try header.requiredText("alg")) else {
            throw JOSEError(.algorithmNotAllowed, "the header's alg is not supported")
        }
        guard let content = ContentEncryptionAlgorithm(rawValue: try header.requiredText("enc")) else {
            throw JOSEError(.contentEncryptionNotAllowed, "the header's enc is not supported")
        }
        self.algorithm = algorithm
        contentEncryption = content
        kid = try header.text("kid")
        parameters = try KeyManagementParameters(header, algorithm: algorithm)
    }
}

/// The members that belong to a way of key management.
struct KeyManagementParameters {
    /// The sender's ephemeral key, or nil if it is on another curve than any supported or no point of its curve.
    var ephemeralKey: AgreementPublicKey?
    var apu: [UInt8] = []
    var apv: [UInt8] = []
    /// The nonce and tag of A*GCMKW.
    var nonce: [UInt8] = []
    var tag: [UInt8] = []

    init() {}

    /// - Throws: `header-invalid` if a member that the algorithm needs is missing or of the wrong form. A key that is
    ///   well-formed but no point of its curve is left to fail as every decryption fails.
    init(_ header: ProtectedHeader, algorithm: KeyManagementAlgorithm) throws(JOSEError) {
        if algorithm.isKeyAgreement {
            apu = try header.base64("apu") ?? []
            apv = try header.base64("apv") ?? []
            ephemeralKey = try Self.ephemeralKey(header)
        } else if algorithm.isGCMKeyWrap {
            guard let nonce = try header.base64("iv"), let tag = try header.base64("tag") else {
                throw JOSEError(.headerInvalid, "expected the header to have iv and tag")
            }
            self.nonce = nonce
            self.tag = tag
        }
    }

    private static func ephemeralKey(_ header: ProtectedHeader) throws(JOSEError) -> AgreementPublicKey? {
        let octets = header.octets.span
        guard let epk = header.tape.member("epk", in: octets), header.tape.parts[epk].kind == .object,
            let type = header.tape.member("kty", of: epk, in: octets),
            let name = header.tape.member("crv", of: epk, in: octets),
            let curve = EllipticCurve(rawValue: header.tape.string(at: name, in: octets) ?? ""), curve != .ed25519,
            header.tape.string(at: type, in: octets) == (curve == .x25519 ? "OKP" : "EC"),
            header.tape.member("d", of: epk, in: octets) == nil,
            let x = try header.base64("x", of: epk)
        else {
            throw JOSEError(.headerInvalid, "expected epk to be a public key on a supported curve")
        }
        let y = try header.base64("y", of: epk)
        guard x.count == curve.coordinateBytes, y?.count == (curve == .x25519 ? nil : curve.coordinateBytes) else {
            throw JOSEError(.headerInvalid, "expected whole coordinates in epk")
        }
        return try? AgreementPublicKey(curve: curve, x: x, y: y ?? [])
    }
}
