/// A structure in DER that holds a key; the raw value is its label in PEM (RFC 7468).
public enum KeyForm: String, Sendable, CaseIterable {
    /// SubjectPublicKeyInfo: a public key of any type (RFC 5280 section 4.1.2.7).
    case subjectPublicKeyInfo = "PUBLIC KEY"
    /// PrivateKeyInfo of PKCS#8: a private key of any type (RFC 5958).
    case privateKeyInfo = "PRIVATE KEY"
    /// RSAPublicKey of PKCS#1 (RFC 8017 appendix A.1.1).
    case rsaPublicKey = "RSA PUBLIC KEY"
    /// RSAPrivateKey of PKCS#1 (RFC 8017 appendix A.1.2).
    case rsaPrivateKey = "RSA PRIVATE KEY"
    /// ECPrivateKey of SEC 1 (RFC 5915).
    case ecPrivateKey = "EC PRIVATE KEY"
    /// An X.509 certificate, of which the public key is read (RFC 5280). Never written.
    case certificate = "CERTIFICATE"

    /// The form of that exact label; nil for any other.
    public init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { isSameText($0.rawValue, rawValue) }) else { return nil }
        self = found
    }
}
