package import JOSE

/// What signs for a ring: a key that is here, or one that is to be asked for.
package enum RingSigner: Sendable {
    case local(SigningKey)
    /// The public half, and where the private one is.
    case held(VerificationKey, HeldKey)

    init?(_ key: ParsedKey) {
        if let signing = key.signing {
            self = .local(signing)
        } else if let held = key.held, let verification = key.verification {
            self = .held(verification, held)
        } else {
            return nil
        }
    }

    package var kid: String? {
        switch self {
        case .local(let key): key.kid
        case .held(let key, _): key.kid
        }
    }

    /// Signs claims and encrypts the signed token; see `NestedToken.seal`.
    ///
    /// - Parameter deadline: when the caller stops waiting for a device.
    package func seal(
        claims: [UInt8], type: String, encryptionKey: EncryptionKey, contentEncryption: ContentEncryptionAlgorithm,
        until deadline: ContinuousClock.Instant = .now.advanced(by: Patience.ofRequests)
    ) async throws(HeldKey.Failure) -> String {
        switch self {
        case .local(let key):
            return try HeldKey.noting { () throws(JOSEError) in
                try NestedToken.seal(
                    claims: claims, type: type, signingKey: key, encryptionKey: encryptionKey,
                    contentEncryption: contentEncryption)
            }
        case .held(let key, let held):
            let token = try HeldKey.noting { () throws(JOSEError) in
                try NestedToken.unsigned(claims: claims, type: type, key: key)
            }
            let signature = try await held.sign(token.signingInput, until: deadline)
            return try HeldKey.noting { () throws(JOSEError) in
                try token.sealed(
                    signature: signature, encryptionKey: encryptionKey, contentEncryption: contentEncryption)
            }
        }
    }
}
