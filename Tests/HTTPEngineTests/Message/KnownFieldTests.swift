import Testing

@testable import HTTPEngine

@Suite struct KnownFieldTests {
    static let names: [(KnownField, String)] = [
        (.host, "Host"), (.connection, "Connection"), (.contentLength, "Content-Length"),
        (.transferEncoding, "Transfer-Encoding"), (.te, "TE"), (.trailer, "Trailer"), (.upgrade, "Upgrade"),
        (.keepAlive, "Keep-Alive"), (.proxyConnection, "Proxy-Connection"),
        (.proxyAuthenticate, "Proxy-Authenticate"), (.proxyAuthorization, "Proxy-Authorization"),
        (.expect, "Expect"), (.authorization, "Authorization"), (.cookie, "Cookie"), (.accept, "Accept"),
        (.acceptEncoding, "Accept-Encoding"), (.contentType, "Content-Type"),
        (.contentEncoding, "Content-Encoding"), (.userAgent, "User-Agent"), (.origin, "Origin"), (.date, "Date"),
        (.cdnLoop, "CDN-Loop"),
        (.server, "Server"), (.via, "Via"), (.forwarded, "Forwarded"), (.xForwardedFor, "X-Forwarded-For"),
        (.xForwardedHost, "X-Forwarded-Host"), (.xForwardedProto, "X-Forwarded-Proto"),
        (.xRequestID, "X-Request-Id"), (.xAPIKey, "X-Api-Key"), (.dpop, "DPoP"), (.location, "Location"),
        (.setCookie, "Set-Cookie"), (.wwwAuthenticate, "WWW-Authenticate"), (.cacheControl, "Cache-Control"),
    ]

    private func find(_ name: String) -> KnownField { KnownField(name: bytes(name).span) }

    @Test("Finds every known name in any case, and none of its neighbours", arguments: names)
    func finds(_ field: KnownField, _ name: String) {
        #expect(find(name) == field)
        #expect(find(name.uppercased()) == field)
        #expect(find(name.lowercased()) == field)
        #expect(find(name + "x") == .other)
        #expect(find(String(name.dropLast()) + "~") == .other)
        #expect(find("q" + name.dropFirst()) == .other)
    }
}
