/// Why this library refused something.
///
/// Two errors are equal when their codes are; `reason` is for people and says what was expected and what came.
/// It never holds a secret, a token or plaintext.
public struct JOSEError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stable, documented code of the refusal.
    public let code: Code

    /// What was expected and what came, for an operator's log.
    public let reason: String

    /// Makes an error.
    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// `code: reason`.
    public var description: String { "\(code.rawValue): \(reason)" }

    public static func == (left: JOSEError, right: JOSEError) -> Bool { left.code == right.code }
}

extension JOSEError {
    /// The closed list of refusals. Raw values are stable: programs and operators match on them.
    public enum Code: String, Sendable, CaseIterable {
        // Form
        case tokenMalformed = "token-malformed"
        case tokenTooLarge = "token-too-large"
        case base64URLInvalid = "base64url-invalid"
        case jsonInvalid = "json-invalid"
        case jsonDuplicateMember = "json-duplicate-member"
        case headerInvalid = "header-invalid"
        case headerMemberUnknown = "header-member-unknown"
        case pemInvalid = "pem-invalid"
        case derInvalid = "der-invalid"
        case headerUnprotected = "header-unprotected"
        case criticalUnknown = "crit-unknown"
        case compressionNotAllowed = "zip-not-allowed"

        // Algorithms and keys
        case algorithmNotAllowed = "alg-not-allowed"
        case contentEncryptionNotAllowed = "enc-not-allowed"
        case keyNotFound = "key-not-found"
        case keyAmbiguous = "key-ambiguous"
        case keyInvalid = "key-invalid"
        case keyMismatch = "key-mismatch"
        case keyUseMismatch = "key-use-mismatch"
        case keyEncrypted = "key-encrypted"
        case certificateInvalid = "certificate-invalid"
        case certificateUntrusted = "certificate-untrusted"

        // Cryptography
        case signatureInvalid = "signature-invalid"
        case decryptionFailed = "decryption-failed"
        case plaintextTooLarge = "plaintext-too-large"
        case unsecuredInner = "unsecured-inner"
        case operationFailed = "operation-failed"

        // Claims
        case typeMismatch = "type-mismatch"
        case claimMissing = "claim-missing"
        case claimInvalid = "claim-invalid"
        case tokenExpired = "token-expired"
        case tokenNotYetValid = "token-not-yet-valid"
        case tokenTooOld = "token-too-old"
        case audienceMismatch = "audience-mismatch"
        case issuerMismatch = "issuer-mismatch"
        case subjectMismatch = "subject-mismatch"
        case jwtIDMismatch = "jti-mismatch"
        case nonceMismatch = "nonce-mismatch"
    }
}

extension JOSEError {
    /// The one error of every failed decryption: what failed inside would be an oracle (RFC 7516 section 11.5).
    static let decryptionFailed = JOSEError(.decryptionFailed, "the token cannot be decrypted with this key")

    /// The one error of every failed signature check.
    static let signatureInvalid = JOSEError(.signatureInvalid, "the signature does not belong to these bytes and key")
}
