import Crypto
import CryptoExtras
import FoundationEssentials
import SwiftASN1
import X509

@testable import JOSE

/// Makes certificates for tests: a root, an authority under it, and leaves, with one thing changed at a time.
struct TestCertificate {
    var name: String
    var key: Certificate.PrivateKey
    /// Another public key than that of `key`.
    var publicKey: Certificate.PublicKey?
    var issuer: String
    var issuerKey: Certificate.PrivateKey
    /// Seconds since 1970.
    var notBefore: Int64 = 1_000_000
    var notAfter: Int64 = 2_000_000
    var signature: Certificate.SignatureAlgorithm?
    var isAuthority = false
    var pathLength: Int?
    var usage: X509.KeyUsage?
    var names: [GeneralName] = []
    var more: [Certificate.Extension] = []
    /// DNS names that the certificate lets others be issued for; any if there are none.
    var permitted: [String] = []

    func der() throws -> [UInt8] {
        var extensions: [Certificate.Extension] = more
        if isAuthority {
            extensions.append(
                try .init(BasicConstraints.isCertificateAuthority(maxPathLength: pathLength), critical: true))
        }
        if let usage { extensions.append(try .init(usage, critical: true)) }
        if !names.isEmpty { extensions.append(try .init(SubjectAlternativeNames(names), critical: true)) }
        if !permitted.isEmpty {
            let constraints = NameConstraints(permittedDNSDomains: NameConstraints.DNSNames(permitted))
            extensions.append(try .init(constraints, critical: true))
        }
        let certificate = try certificate(Certificate.Extensions(extensions))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    private func certificate(_ extensions: Certificate.Extensions) throws -> Certificate {
        let notBefore = Date(timeIntervalSince1970: Double(notBefore))
        let notAfter = Date(timeIntervalSince1970: Double(notAfter))
        guard let signature else {
            return try Certificate(
                version: .v3, serialNumber: .init(1), publicKey: publicKey ?? key.publicKey, notValidBefore: notBefore,
                notValidAfter: notAfter, issuer: Self.distinguished(issuer), subject: Self.distinguished(name),
                extensions: extensions, issuerPrivateKey: issuerKey)
        }
        return try Certificate(
            version: .v3, serialNumber: .init(1), publicKey: publicKey ?? key.publicKey, notValidBefore: notBefore,
            notValidAfter: notAfter, issuer: Self.distinguished(issuer), subject: Self.distinguished(name),
            signatureAlgorithm: signature, extensions: extensions, issuerPrivateKey: issuerKey)
    }

    private static func distinguished(_ name: String) throws -> DistinguishedName {
        try DistinguishedName { CommonName(name) }
    }
}

/// A root, an authority, and the key of a leaf, which tests put together and spoil.
struct TestAuthority {
    static let now: Int64 = 1_500_000

    var root: TestCertificate
    var authority: TestCertificate
    var leaf: TestCertificate
    let leafJWK: JWK

    init() throws {
        let rootKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let authorityKey = Certificate.PrivateKey(P384.Signing.PrivateKey())
        leafJWK = try JWK.generate(algorithm: "ES256", kid: "leaf")
        guard case .elliptic(_, _, _, let d?) = leafJWK.material else { throw JOSEError(.keyInvalid, "no key") }
        let leafKey = Certificate.PrivateKey(try P256.Signing.PrivateKey(rawRepresentation: d.copied()))
        root = TestCertificate(name: "root", key: rootKey, issuer: "root", issuerKey: rootKey, isAuthority: true)
        authority = TestCertificate(
            name: "authority", key: authorityKey, issuer: "root", issuerKey: rootKey, isAuthority: true,
            usage: X509.KeyUsage(keyCertSign: true))
        leaf = TestCertificate(
            name: "leaf", key: leafKey, issuer: "authority", issuerKey: authorityKey,
            usage: X509.KeyUsage(digitalSignature: true),
            names: [
                .dnsName("Signer.Example"), .uniformResourceIdentifier("https://signer.example/a"),
                .rfc822Name("signer@signer.example"),
            ])
    }

    var chain: [[UInt8]] {
        get throws { try [leaf.der(), authority.der()] }
    }

    func trust(
        _ subjects: CertificateTrust.Subjects = .anyoneUnderTheseRoots, maximumChainLength: Int = 6,
        maximumCertificateBytes: Int = 16 << 10
    ) throws -> CertificateTrust {
        try CertificateTrust(
            roots: [root.der()], subjects: subjects, maximumChainLength: maximumChainLength,
            maximumCertificateBytes: maximumCertificateBytes)
    }
}
