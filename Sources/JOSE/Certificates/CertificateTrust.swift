internal import SwiftASN1
internal import X509

/// Whom to believe about certificates: the caller's roots and nobody else's.
///
/// A token that carries its own certificates says nothing by it. Only a caller who holds such a policy, and asks by it,
/// gets a key out of a token (CVE-2018-0114 and its kin). Revocation lists and OCSP are not asked: this does no I/O.
public struct CertificateTrust: Sendable {
    /// Whose leaf certificates are meant.
    public enum Subjects: Sendable, Equatable {
        /// Everybody to whom any of the roots, or any authority under them, gave a certificate. Right for a root that
        /// serves this one purpose; with public web roots it means everybody.
        case anyoneUnderTheseRoots
        /// Leaves with one of these subject alternative names: a DNS name in full (letter case aside, no wildcards), a
        /// URI or an e-mail address exactly.
        case named(Set<String>)
    }

    /// The most certificates of a chain, the leaf and, if it is there, the root included.
    public let maximumChainLength: Int

    /// The most octets of a certificate.
    public let maximumCertificateBytes: Int

    /// Whose leaf certificates are meant.
    public let subjects: Subjects

    let roots: [Certificate]

    /// Makes a policy.
    /// - Parameters:
    ///   - roots: trusted certificates of authorities, in DER.
    ///   - maximumChainLength: 1 to 10.
    ///   - maximumCertificateBytes: 1 to 65,536.
    /// - Throws: `certificate-invalid` if a root is no certificate or there is none; `key-invalid` if its key is too
    ///   weak or of a type that is not supported.
    public init(
        roots: [[UInt8]], subjects: Subjects, maximumChainLength: Int = 6, maximumCertificateBytes: Int = 16 << 10
    ) throws(JOSEError) {
        guard !roots.isEmpty else { throw CertificateMembers.invalid("expected a root") }
        self.maximumChainLength = Swift.min(Swift.max(maximumChainLength, 1), CertificateMembers.maximumCertificates)
        self.maximumCertificateBytes = Swift.min(Swift.max(maximumCertificateBytes, 1), KeyStructure.maximumBytes)
        self.subjects = subjects
        var parsed: [Certificate] = []
        for root in roots {
            let certificate = try Self.certificate(root)
            _ = try Self.material(of: certificate)
            parsed.append(certificate)
        }
        self.roots = parsed
    }

    /// Makes a policy of roots in PEM, each a block `CERTIFICATE`; see `init(roots:subjects:…)`.
    /// - Throws: `pem-invalid`, also for a block of another label; otherwise as the other.
    public init(
        rootsPEM: [UInt8], subjects: Subjects, maximumChainLength: Int = 6, maximumCertificateBytes: Int = 16 << 10
    ) throws(JOSEError) {
        var roots: [[UInt8]] = []
        for block in try PEMBlock.read(rootsPEM) {
            guard KeyForm(rawValue: block.label) == .certificate else {
                throw PEMBlock.invalid("expected blocks labelled CERTIFICATE, got \(block.label)")
            }
            roots.append(block.octets.copied())
        }
        try self.init(
            roots: roots, subjects: subjects, maximumChainLength: maximumChainLength,
            maximumCertificateBytes: maximumCertificateBytes)
    }

    /// Reads a certificate as the verifier sees it.
    /// - Throws: `certificate-invalid`.
    static func certificate(_ der: [UInt8]) throws(JOSEError) -> Certificate {
        guard der.count <= KeyStructure.maximumBytes, let certificate = try? Certificate(derEncoded: der) else {
            throw CertificateMembers.invalid("expected an X.509 certificate in strict DER, of a key that is supported")
        }
        return certificate
    }

    /// A certificate's public key, checked as every JWK is. It is taken from what the verifier read, so that no two
    /// readers can differ about it.
    /// - Throws: `key-invalid`, `der-invalid`.
    static func material(of certificate: Certificate) throws(JOSEError) -> KeyMaterial {
        var serializer = DER.Serializer()
        do {
            try serializer.serialize(certificate.publicKey)
        } catch {
            throw CertificateMembers.invalid("the certificate's key has no encoding")
        }
        return try KeyMaterial(KeyStructure(der: serializer.serializedBytes, form: .subjectPublicKeyInfo))
    }
}
