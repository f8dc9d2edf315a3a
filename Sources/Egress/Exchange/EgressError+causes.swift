import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL

extension EgressError {
    /// Why no connection came about.
    init(connecting error: any Error) {
        switch error {
        case let error as EgressError: self = error
        case ChannelError.connectTimeout:
            self.init(.unreachable, "no answer to the connection attempt in time")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            self.init(.unreachable, "connection refused")
        case is IOError, is ChannelError: self.init(.unreachable, "no connection could be made")
        default: self.init(exchanging: error)
        }
    }

    /// Why the connection brought no answer.
    init(exchanging error: any Error) {
        switch error {
        case let error as EgressError: self = error
        case is HTTPParserError: self.init(.responseBroken, "the peer did not answer in HTTP")
        case NIOSSLError.handshakeFailed(let cause):
            // The library keeps BoringSSL's own names, and only in its texts.
            if "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") {
                self.init(.certificateUntrusted, "the peer's certificate is not trusted here, or has expired")
            } else {
                self.init(.tlsFailed, "the TLS handshake failed: does the peer speak TLS 1.2 or later?")
            }
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
            self.init(.certificateUntrusted, "the peer's certificate is not for this name or address")
        case is NIOSSLExtraError:
            self.init(.certificateUntrusted, "the peer's certificate is not for this name or address")
        case is BoringSSLError: self.init(.tlsFailed, "the TLS connection failed")
        case is NIOSSLError: self.init(.responseBroken, "the TLS connection broke")
        default: self.init(.responseBroken, "the connection broke")
        }
    }
}
