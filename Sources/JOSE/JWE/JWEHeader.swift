/// What a JWE's protected header says (RFC 7516 section 4, RFC 7518 sections 4.6 and 4.7).
struct JWEHeader {
    let algorithm: KeyManagementAlgorithm
    /// The content encryption; nil where the algorithm encrypts the content itself.
    let contentEncryption: ContentEncryptionAlgorithm?
    let members: JWEMembers

    /// - Parameter isExact: whether members that have no meaning here are refused rather than passed over.
    /// - Throws: `header-invalid`, `header-member-unknown`, `alg-not-allowed`, `enc-not-allowed`.
    init(_ header: ProtectedHeader, isExact: Bool = false) throws(JOSEError) {
        members = try JWEMembers(header, isExact: isExact)
        guard let algorithm = try header.withText("alg", at: members.algorithm, { KeyManagementAlgorithm($0) }) else {
            let name = try header.withText("alg", at: members.algorithm) { $0.text() }
            throw RefusedAlgorithm.refusal(of: name, for: "encryption")
        }
        guard !isExact || !members.hasStrangers(to: algorithm) else {
            throw JOSEError(.headerMemberUnknown, "the header may not have members of another alg")
        }
        self.algorithm = algorithm
        guard !algorithm.isIntegrated else {
            guard members.contentEncryption == 0 else {
                throw JOSEError(.headerInvalid, "expected no enc: \(algorithm.rawValue) encrypts the content itself")
            }
            contentEncryption = nil
            return
        }
        guard
            let content = try header.withText(
                "enc", at: members.contentEncryption, { ContentEncryptionAlgorithm($0) }
            )
        else { throw JOSEError(.contentEncryptionNotAllowed, "the header's enc is not supported") }
        contentEncryption = content
    }

    /// The name of the key, or nil.
    /// - Throws: `header-invalid` if it is no string.
    func kid(_ header: ProtectedHeader) throws(JOSEError) -> String? {
        members.kid == 0 ? nil : try header.withText("kid", at: members.kid) { $0.text() }
    }

    /// The members that belong to the way of key management.
    /// - Throws: `header-invalid`.
    func parameters(_ header: ProtectedHeader) throws(JOSEError) -> KeyManagementParameters {
        try KeyManagementParameters(header, members, algorithm)
    }
}

/// The members that belong to a way of key management.
struct KeyManagementParameters {
    /// The sender's ephemeral key, of which nothing says yet that it is a point of its curve.
    var ephemeralKey: EphemeralKey?
    var apu: [UInt8] = []
    var apv: [UInt8] = []
    /// The nonce and tag of A*GCMKW.
    var nonce: [UInt8] = []
    var tag: [UInt8] = []
    /// The salt of PBES2, and how often the password is hashed.
    var salt: [UInt8] = []
    var iterations = 0
    /// The encapsulated secret of HPKE where it encrypts the content key.
    var encapsulatedSecret: [UInt8] = []

    init() {}

    /// - Throws: `header-invalid` if a member that the algorithm needs is missing or of the wrong form. A key that is
    ///   well-formed but no point of its curve is left to fail as every decryption fails.
    init(
        _ header: ProtectedHeader, _ members: JWEMembers, _ algorithm: KeyManagementAlgorithm
    ) throws(JOSEError) {
        if algorithm.isKeyAgreement {
            if members.apu != 0 { apu = try header.base64("apu", at: members.apu) }
            if members.apv != 0 { apv = try header.base64("apv", at: members.apv) }
            ephemeralKey = try EphemeralKey(header, at: members.ephemeralKey)
        } else if algorithm.isGCMKeyWrap {
            nonce = try header.base64("iv", at: members.nonce)
            tag = try header.base64("tag", at: members.tag)
        } else if algorithm.isPasswordBased {
            salt = try header.base64("p2s", at: members.salt)
            iterations = try header.count("p2c", at: members.iterations)
        } else if let suite = algorithm.hpkeSuite {
            encapsulatedSecret = try Self.encapsulatedSecret(header, members, algorithm, suite)
        }
    }

    /// Checks the members of HPKE.
    private static func encapsulatedSecret(
        _ header: ProtectedHeader, _ members: JWEMembers, _ algorithm: KeyManagementAlgorithm, _ suite: HPKESuite
    ) throws(JOSEError) -> [UInt8] {
        // Passed over, it would turn a mode that authenticates the sender into one that does not.
        guard members.presharedKey == 0 else {
            throw JOSEError(.headerInvalid, "psk_id is refused: HPKE with a pre-shared key is not supported")
        }
        guard !algorithm.isIntegrated else {
            guard members.encapsulatedSecret == 0 else {
                throw JOSEError(.headerInvalid, "expected no ek: the encrypted key is the encapsulated secret")
            }
            return []
        }
        let encapsulated = try header.base64("ek", at: members.encapsulatedSecret)
        guard encapsulated.count == suite.encapsulatedBytes else {
            throw JOSEError(
                .headerInvalid, "expected \(suite.encapsulatedBytes) octets in ek, got \(encapsulated.count)")
        }
        return encapsulated
    }
}
