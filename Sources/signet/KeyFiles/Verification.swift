import JOSE

/// Checks and opens tokens with keys from files.
///
/// The library asks for the key of each signature or recipient whose header policy allows; the answer is chosen here,
/// and why there is none is kept for the one who asked.
struct Verification {
    let keys: [JWK]
    /// The key to use; nil: the one that the token names.
    let kid: String?

    /// Checks a JWS.
    ///
    /// - Parameter allowed: the algorithms that are accepted; nil: the key's own.
    /// - Throws: ``CommandFailure`` or `JOSEError`, both refusals.
    func verify(
        _ token: String, as serialization: TokenSerialization = .compact, detachedPayload: [UInt8]? = nil,
        allowed: Set<SignatureAlgorithm>?, policy: SignaturePolicy,
        requiring requirement: SignatureRequirement = .anyOne
    ) throws -> VerifiedJWS {
        var failure: (any Error)?
        do {
            return try JWS.verify(
                token, as: serialization, detachedPayload: detachedPayload, policy: policy, requiring: requirement
            ) { header in
                choose(header, "checking the signature", &failure) { jwk, name in
                    guard let algorithm = SignatureAlgorithm(name: name, curve: jwk.curve) else { return nil }
                    return try KeyBinding.verification(jwk, algorithm: algorithm, allowed: allowed)
                }
            }
        } catch {
            throw error.code == .keyNotFound ? failure ?? error : error
        }
    }

    /// Opens a JWE.
    ///
    /// - Parameter allowed: the ways of key management that are accepted; nil: the key's own.
    func decrypt(
        _ token: String, as serialization: TokenSerialization = .compact, allowed: Set<KeyManagementAlgorithm>?,
        policy: DecryptionPolicy
    ) throws -> DecryptedJWE {
        var failure: (any Error)?
        do {
            return try JWE.decrypt(token, as: serialization, policy: policy) { header in
                choose(header, "decrypting", &failure) { jwk, name in
                    guard let algorithm = KeyManagementAlgorithm(rawValue: name) else { return nil }
                    return try KeyBinding.decryption(
                        jwk, algorithm: algorithm, allowed: allowed, contentEncryption: policy.contentEncryption)
                }
            }
        } catch {
            throw error.code == .keyNotFound ? failure ?? error : error
        }
    }

    /// Checks a signed token and its claims.
    func verifyClaims(
        _ token: String, allowed: Set<SignatureAlgorithm>?, policy: ClaimsPolicy, now: Int64
    ) throws -> VerifiedJWT {
        var signature = SignaturePolicy.commandLine(allowed)
        // RFC 7797 section 7: not in a JWT.
        signature.acceptsUnencodedPayload = false
        let verified = try verify(token, allowed: allowed, policy: signature)
        do {
            return try JWT.judge(verified, policy, now: now, limits: signature.limits)
        } catch {
            guard let claims = try? JWTClaims(parsing: verified.payload, limits: signature.limits.json) else {
                throw error
            }
            throw CommandFailure(error, of: claims, policy, now: now)
        }
    }

    private func choose<Key>(
        _ header: JOSEHeader, _ job: String, _ failure: inout (any Error)?, _ bind: (JWK, String) throws -> Key?
    ) -> Key? {
        do {
            return try KeyChoice.choose(from: keys, kid: kid ?? header.keyID, job: job) { jwk in
                guard let key = try bind(jwk, header.algorithm ?? "") else {
                    throw JOSEError(.algorithmNotAllowed, "the header's alg is not supported")
                }
                return key
            }
        } catch {
            failure = failure ?? error
            return nil
        }
    }
}

extension SignaturePolicy {
    /// The rules of the command line. `alg` may stand in the unprotected header of a JSON form (RFC 7515 section 7.2): it
    /// chooses nothing, since the key and `--alg` both have to agree with it.
    /// - Parameter allowed: the algorithms that are accepted; nil: any, of which the key says one.
    static func commandLine(_ allowed: Set<SignatureAlgorithm>?) -> SignaturePolicy {
        SignaturePolicy(
            algorithms: allowed ?? Set(SignatureAlgorithm.allCases),
            trustsUnprotectedAlgorithm: true, limits: TokenInput.limits)
    }
}
