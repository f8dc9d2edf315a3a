/// Field names that the engine or its handlers ask for by number instead of by bytes.
package enum KnownField: UInt8, Sendable, BitwiseCopyable {
    case other = 0
    case host, connection, contentLength, transferEncoding, te, trailer, upgrade, keepAlive, proxyConnection
    case proxyAuthenticate, proxyAuthorization, expect
    case authorization, cookie, accept, acceptEncoding, contentType, contentEncoding, userAgent, origin, date, server,
        via
    case forwarded, xForwardedFor, xForwardedHost, xForwardedProto, xRequestID, xAPIKey, dpop, location, setCookie,
        cdnLoop
    case wwwAuthenticate, cacheControl

    /// The field of a name, found by its length and first octet, then compared once.
    init(name: Span<UInt8>) {
        guard name.count >= 2, name.count <= 19, let (field, text) = KnownField.candidate(name), name.matches(text)
        else {
            self = .other
            return
        }
        self = field
    }

    /// Whether every hop removes it (RFC 9110 section 7.6.1), or the engine writes it anew because it frames.
    var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization, .contentLength, .expect:
            true
        default: false
        }
    }

    /// Whether `Connection` may not name it: removing it would change the message's meaning or framing.
    var isProtectedFromConnection: Bool {
        switch self {
        case .host, .contentLength, .transferEncoding, .contentType, .contentEncoding: true
        default: false
        }
    }

    @inline(__always)
    private static func candidate(_ name: Span<UInt8>) -> (KnownField, StaticString)? {
        let first = name[0] | 0x20
        switch (name.count, first) {
        case (2, 0x74): return (.te, "te")
        case (3, 0x76): return (.via, "via")
        case (4, 0x68): return (.host, "host")
        case (4, 0x64): return name[1] | 0x20 == 0x61 ? (.date, "date") : (.dpop, "dpop")
        case (6, 0x61): return (.accept, "accept")
        case (6, 0x63): return (.cookie, "cookie")
        case (6, 0x65): return (.expect, "expect")
        case (6, 0x6F): return (.origin, "origin")
        case (6, 0x73): return (.server, "server")
        case (7, 0x74): return (.trailer, "trailer")
        case (7, 0x75): return (.upgrade, "upgrade")
        case (8, 0x63): return (.cdnLoop, "cdn-loop")
        case (8, 0x6C): return (.location, "location")
        case (9, 0x66): return (.forwarded, "forwarded")
        case (9, 0x78): return (.xAPIKey, "x-api-key")
        case (10, 0x63): return (.connection, "connection")
        case (10, 0x6B): return (.keepAlive, "keep-alive")
        case (10, 0x75): return (.userAgent, "user-agent")
        case (10, 0x73): return (.setCookie, "set-cookie")
        default: return longCandidate(name, first: first)
        }
    }

    private static func longCandidate(_ name: Span<UInt8>, first: UInt8) -> (KnownField, StaticString)? {
        switch (name.count, first) {
        case (12, 0x63): (.contentType, "content-type")
        case (12, 0x78): (.xRequestID, "x-request-id")
        case (13, 0x61): (.authorization, "authorization")
        case (13, 0x63): (.cacheControl, "cache-control")
        case (14, 0x63): (.contentLength, "content-length")
        case (15, 0x61): (.acceptEncoding, "accept-encoding")
        case (15, 0x78): (.xForwardedFor, "x-forwarded-for")
        case (16, 0x63): (.contentEncoding, "content-encoding")
        case (16, 0x70): (.proxyConnection, "proxy-connection")
        case (16, 0x77): (.wwwAuthenticate, "www-authenticate")
        case (16, 0x78): (.xForwardedHost, "x-forwarded-host")
        case (17, 0x74): (.transferEncoding, "transfer-encoding")
        case (17, 0x78): (.xForwardedProto, "x-forwarded-proto")
        case (18, 0x70): (.proxyAuthenticate, "proxy-authenticate")
        case (19, 0x70): (.proxyAuthorization, "proxy-authorization")
        default: nil
        }
    }
}
