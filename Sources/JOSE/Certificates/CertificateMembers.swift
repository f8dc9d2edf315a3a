internal import Crypto

/// The members `x5c` and `x5t#S256` of a JWK and of a JWS header (RFC 7517 sections 4.7 and 4.9, RFC 7515 sections
/// 4.1.6 and 4.1.8).
///
/// A SHA-1 `x5t` means nothing anywhere: whoever can make two certificates of one SHA-1 digest could swap them.
/// `x5u` is never fetched.
enum CertificateMembers {
    /// The most certificates of an `x5c` in a JWK.
    static let maximumCertificates = 10

    /// Checks that a JWK's certificate holds the JWK's key, and that the thumbprint is the certificate's.
    ///
    /// It says that the key and the certificate belong together, not that anybody vouches for either.
    /// - Throws: `certificate-invalid`; `key-mismatch` if the certificate holds another key.
    static func check(_ object: JSONObject, _ material: KeyMaterial) throws(JOSEError) {
        let thumbprint = try thumbprint(object["x5t#S256"])
        guard let chain = try chain(object["x5c"]) else { return }
        let key = try KeyMaterial(KeyStructure(der: chain[0], form: .certificate))
        // A symmetric key throws key-mismatch of itself.
        guard try key.der(.subjectPublicKeyInfo) == material.der(.subjectPublicKeyInfo) else {
            throw JOSEError(.keyMismatch, "the first certificate of x5c holds another key")
        }
        try check(thumbprint, of: chain[0])
    }

    /// Checks that a thumbprint, if there is one, is a certificate's.
    /// - Throws: `certificate-invalid`.
    static func check(_ thumbprint: [UInt8]?, of certificate: [UInt8]) throws(JOSEError) {
        guard let thumbprint else { return }
        guard SHA256.hash(data: certificate).elementsEqual(thumbprint) else {
            throw invalid("x5t#S256 is not the thumbprint of the first certificate")
        }
    }

    /// The certificates of `x5c` in DER, at least one; nil if there is no such member.
    /// - Throws: `certificate-invalid`.
    static func chain(_ member: JSONValue?) throws(JOSEError) -> [[UInt8]]? {
        guard let member else { return nil }
        guard let texts = member.arrayValue, (1...maximumCertificates).contains(texts.count) else {
            throw invalid("expected x5c to be an array of 1 to \(maximumCertificates) certificates")
        }
        var chain: [[UInt8]] = []
        for text in texts {
            guard let text = text.stringValue, let certificate = Base64.decode([UInt8](text.utf8)) else {
                throw invalid("expected x5c to hold strings in base64, with padding and not base64url")
            }
            chain.append(certificate)
        }
        return chain
    }

    /// The octets of `x5t#S256`; nil if there is no such member.
    /// - Throws: `certificate-invalid`.
    static func thumbprint(_ member: JSONValue?) throws(JOSEError) -> [UInt8]? {
        guard let member else { return nil }
        guard let text = member.stringValue, let digest = try? Base64URL.decode(text),
            digest.count == SHA256.byteCount
        else {
            throw invalid("expected x5t#S256 to be \(SHA256.byteCount) octets in base64url")
        }
        return digest
    }

    static func invalid(_ reason: String) -> JOSEError { JOSEError(.certificateInvalid, reason) }
}
