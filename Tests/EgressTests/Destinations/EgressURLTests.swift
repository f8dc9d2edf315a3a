import Testing

@testable import Egress

@Suite("Outbound URLs")
struct EgressURLTests {
    @Test(
        "What two readers could take for two hosts, or no http at all, is refused",
        arguments: [
            "", "https:", "https:/a", "https://", "https:///x", "//a.example/", "file:///etc/passwd",
            "ftp://a.example/",
            "gopher://a.example/", "unix:/run/x", "http+unix://x/", "javascript://a.example/", " https://a.example/",
            "https://user@a.example/", "https://user:pw@a.example/", "https://@a.example/",
            "https://a.example@127.0.0.1/",
            "https://a.example#@127.0.0.1/", "https://a.example/#x", "https://a.example\\@127.0.0.1/",
            "https://a.example/\u{0}", "https://a.example/\r\nHost: b", "https://a.example/ x",
            "https://a.example/\u{e9}",
            "https://\u{24d0}.example/", "https://\u{ff11}27.0.0.1/", "https://a..example/", "https://.a.example/",
            "https://a.example./", "https://localhost./", "https://-a.example/", "https://a-.example/",
            "https://a%2eb/",
            "https://a.example:/", "https://a.example:0/", "https://a.example:65536/", "https://a.example:+443/",
            "https://a.example:443:443/", "https://a.example:0x1bb/", "https://127.1/", "https://2130706433/",
            "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.0.0.0x1/",
            "https://1.2.3.4.5/",
            "https://256.0.0.1/", "https://[::1/", "https://::1/", "https://[127.0.0.1]/", "https://[fe80::1%25eth0]/",
            "https://[::1]x/", "https://a.example/%", "https://a.example/%0", "https://a.example/%zz",
            "https://a.example/<x>", "https://a.example/[x]",
        ])
    func refused(text: String) {
        let error = #expect(throws: EgressError.self) { try EgressURL(text) }
        #expect(error?.code == .urlInvalid)
    }

    @Test("An overlong URL is refused")
    func overlong() {
        let text = "https://a.example/" + String(repeating: "x", count: EgressURL.maximumBytes)
        #expect(throws: EgressError.self) { try EgressURL(text) }
    }

    @Test(
        "A URL is taken apart",
        arguments: [
            ("https://a.example", "a.example", 443, "/"), ("HTTPS://A.Example/", "a.example", 443, "/"),
            ("http://localhost:8081/x?y=z&a=%20", "localhost:8081", 8081, "/x?y=z&a=%20"),
            ("https://a.example?q", "a.example", 443, "/?q"),
            ("https://a.example:443/a/../b", "a.example", 443, "/a/../b"),
            ("http://127.0.0.1:80/", "127.0.0.1", 80, "/"),
            ("https://[2001:DB8::1]:8443/x", "[2001:db8::1]:8443", 8443, "/x"),
            ("https://a_b.example:80/", "a_b.example:80", 80, "/"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
        ])
    func parts(text: String, authority: String, port: Int, target: String) throws {
        let url = try EgressURL(text)
        #expect(url.authority == authority)
        #expect(url.port == port)
        #expect(url.target == target)
    }
}
