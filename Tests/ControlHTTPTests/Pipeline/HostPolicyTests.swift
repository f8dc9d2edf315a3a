import Testing

@testable import ControlHTTP

@Suite("Host (RFC 9112 3.2, RFC 9110 15.5.20; DNS rebinding)")
struct HostPolicyTests {
    private let policy = HostPolicy(urls: [
        "https://as.example", "http://gw.example:8080/base", "http://[2001:db8::1]:81",
    ])

    @Test(
        "a Host that is no authority is 400",
        arguments: [
            nil, "", "a b", "as.example:", "as.example:x", "as.example:70000", "as.example:+80", "user@as.example",
            "as.example/", "[::1", "[::1]x", "[zz]", ":80", "as.example,gw.example", "as.example\t", "ünicode",
        ] as [String?])
    func malformed(host: String?) {
        #expect(throws: ControlHTTPError.Code.hostMalformed) { try code { try policy.check(host) } }
    }

    @Test(
        "a Host of another server is 421",
        arguments: [
            "evil.example", "as.example.evil.example", "as.example:8443", "gw.example", "gw.example:8081",
            "127.0.0.1.nip.io",
            "127.evil.example", "localhost.evil.example", "128.0.0.1", "127.0.0.256", "[::2]", "as.example.",
            "10.0.0.1",
        ])
    func unknown(host: String) {
        #expect(throws: ControlHTTPError.Code.hostUnknown) { try code { try policy.check(host) } }
    }

    @Test(
        "issuer, public URL and loopback names are answered to",
        arguments: [
            "as.example", "AS.Example", "as.example:443", "gw.example:8080", "localhost", "localhost:1",
            "127.0.0.1:8081",
            "127.0.0.2", "[::1]:8081", "[::1]", "[2001:DB8::1]:81",
        ])
    func known(host: String) throws {
        try policy.check(host)
    }
}
