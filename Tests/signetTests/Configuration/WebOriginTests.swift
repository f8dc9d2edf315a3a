import Testing

@testable import signet

@Suite("Origins of URLs")
struct WebOriginTests {
    @Test(
        "Anything but scheme, host and port is refused",
        arguments: [
            "", "http://", "https://", "ftp://a", "http://a/", "http://a/b", "http://a?b", "http://a#b", "http://u@a",
            "http://a:", "http://a:0", "http://a:65536", "http://a:b", "http://a b", "http://[::1", "//a", "HTTP://a",
            "http://a\\b", "http://é", "http://[g::1]",
        ])
    func refused(text: String) {
        #expect(WebOrigin(text) == nil)
    }

    @Test(
        "Hosts are kept in lower case",
        arguments: [("http://A.Example:80", "http://a.example:80"), ("https://[::1]:8443", "https://[::1]:8443")])
    func accepted(text: String, expected: String) {
        #expect(WebOrigin(text)?.text == expected)
    }

    @Test(
        "Loopback is this machine only",
        arguments: [
            ("http://127.0.0.1:1", true), ("http://localhost", true), ("http://[::1]", true),
            ("http://127.0.0.1.example", false), ("http://localhost.example", false), ("http://10.0.0.1", false),
        ])
    func loopback(text: String, expected: Bool) {
        #expect(WebOrigin(text)?.isLoopback == expected)
    }
}
