import NIOCore
import NIOSSL

/// Whose certificates are believed.
package struct EgressTrust: Sendable {
    private let roots: NIOSSLTrustRoots

    /// The authorities that the system trusts.
    package static let system = EgressTrust(.default)

    private init(_ roots: NIOSSLTrustRoots) {
        self.roots = roots
    }

    /// These authorities, and no others.
    /// - Throws: `trust-invalid` if the text holds no certificate in PEM.
    package init(pem: [UInt8]) throws(EgressError) {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
            guard !certificates.isEmpty else { throw EgressError(.trustInvalid, "expected certificates in PEM") }
            roots = .certificates(certificates)
        } catch {
            throw EgressError(.trustInvalid, "expected certificates in PEM")
        }
    }

    /// TLS as this module speaks it: version 1.2 or later, the peer's certificate and name checked.
    func context() throws(EgressError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.trustRoots = roots
        configuration.applicationProtocols = ["http/1.1"]
        // A peer that does not say goodbye is not waited for.
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw EgressError(.trustInvalid, "the trusted certificates can't be loaded")
        }
    }
}
