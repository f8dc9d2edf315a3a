/// Field names that the engine or its handlers ask for by number instead of by bytes.
package enum KnownField: UInt8, Sendable, BitwiseCopyable {
    case other = 0
    case host, connection, contentLength, transferEncoding, te, trailer, upgrade, keepAlive, proxyConnection
    case proxyAuthenticate, proxyAuthorization, expect
    case authorization, cookie, accept, acceptEncoding, contentType, contentEncoding, userAgent, origin, date, server,
        via
    case forwarded, xForwardedFor, xForwardedHost, xForwardedProto, xRequestID, xAPIKey, dpop, location, setCookie
    case wwwAuthenticate, cacheControl
}
