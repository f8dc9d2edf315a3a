import Testing

@testable import Resources

@Suite("Values in resources")
struct ResourceValueTests {
    @Test(
        "a duration is digits and one unit",
        arguments: [
            ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000), ("0s", 0),
        ]
            as [(String, Int64)])
    func durations(text: String, milliseconds: Int64) {
        #expect(ResourceDuration(text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", "5", "m", "5 m", " 5m", "5m ", "-5m", "+5m", "5.5m", "1h30m", "5M", "5min", "٥m", "1e3s",
            "9223372036854775807d", "99999999999999999999s", "106751991168d", "5m\u{0301}",
        ])
    func noDuration(text: String) {
        #expect(ResourceDuration(text) == nil)
    }

    @Test(
        "a duration is written in its largest exact unit and reads the same again",
        arguments: [
            ("60s", "1m"), ("90s", "90s"), ("3600000ms", "1h"), ("24h", "1d"), ("1001ms", "1001ms"), ("0m", "0s"),
        ])
    func canonicalDuration(text: String, canonical: String) throws {
        let value = try #require(ResourceDuration(text))
        #expect(value.description == canonical)
        #expect(ResourceDuration(value.description) == value)
    }

    @Test(
        "a size is digits and one unit",
        arguments: [
            ("10MB", 10_000_000), ("64KiB", 65_536), ("1GiB", 1_073_741_824), ("5B", 5), ("2KB", 2_000), ("0B", 0),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) throws {
        let value = try #require(ByteSize(text))
        #expect(value.bytes == bytes)
        #expect(ByteSize(value.description) == value)
    }

    @Test(
        "what is no size is refused", arguments: ["", "10", "MB", "10mb", "10 MB", "-1B", "1TB", "99999999999999999GB"])
    func noSize(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        "a name is a-z, 0-9 and -, with a letter first",
        arguments: ["a", "orders", "a-1", "x" + String(repeating: "9", count: 62)])
    func names(text: String) {
        #expect(ResourceName.isValid(text))
    }

    @Test(
        "what is no name is refused",
        arguments: [
            "", "1a", "-a", "A", "aB", "a_b", "a.b", "a b", "ä", "a\n", "a/b", "x" + String(repeating: "9", count: 63),
            "a\u{0301}", "\u{212A}",
        ])
    func noNames(text: String) {
        #expect(!ResourceName.isValid(text))
    }

    @Test("a scope is a scope-token of RFC 6749", arguments: ["a", "orders.read", "https://x/y", "!", "#[]~", "a:b"])
    func scopes(text: String) {
        #expect(ResourceName.isScope(text))
    }

    @Test("what is no scope-token is refused", arguments: ["", "a b", "a\"b", "a\\b", "ä", "a\u{7f}", "a\t"])
    func noScopes(text: String) {
        #expect(!ResourceName.isScope(text))
    }

    @Test(
        "a URI is split into its parts",
        arguments: [
            ("http://127.0.0.1:8082", "127.0.0.1", 8082, ""),
            ("https://Orders.Example/a/b", "orders.example", nil, "/a/b"),
            ("http://[::1]:80/x", "::1", 80, "/x"), ("urn:example:orders", nil, nil, "example:orders"),
            ("http://a_b:1", "a_b", 1, ""), ("http://[::ffff:1.2.3.4]", "::ffff:1.2.3.4", nil, ""),
        ] as [(String, String?, Int?, String)])
    func uris(text: String, host: String?, port: Int?, path: String) throws {
        let uri = try #require(ResourceURI(text))
        #expect(uri.host == host)
        #expect(uri.port == port)
        #expect(uri.path == path)
    }

    @Test(
        "what is no absolute URI is refused",
        arguments: [
            "", "orders", "//x", "http:", "http://", "http:///x", "http://:80", "http://a:0", "http://a:65536",
            "http://a:", "http://a:x", "http://a b", "http://a/%zz", "http://a/%4", "http://ä", "1http://a",
            "http://[::1", "http://[g::1]", "http://[1:2:3]", "http://[::1::2]", "http://[1::2]x", "http://-a",
            "http://a..b", "http://1.2.3", "http://1.2.3.256", "http://01.2.3.4", "http://a\\b", "http://a#b#c",
            "http://a/\u{0}", "http://a/|", "http://[]", "http://[:]", "http://[1:2:3:4:5:6:7:8:9]",
            "http://[1:2:3:4:5:6:7::8:9]", "http://a/" + String(repeating: "x", count: 600),
        ])
    func noURIs(text: String) {
        #expect(ResourceURI(text) == nil)
    }

    @Test(
        "a route path is in normal form",
        arguments: ["/", "/a", "/a/b", "/a/", "/%C3%A9", "/a:b@c", "/a.b", "/..a", "/~x"])
    func paths(text: String) {
        #expect(RoutePath.isValid(text))
    }

    @Test(
        "what is no normal path is refused",
        arguments: [
            "", "a", "//", "/a//b", "/.", "/..", "/a/../b", "/a/./b", "/a/..", "/a?b", "/a#b", "/a b", "/ä", "/%2f",
            "/%2F", "/%5C", "/%00", "/%2E%2E", "/%61", "/%c3%a9", "/%zz", "/%4", "/a[b]", "/%7F", "/%0A", "*",
        ])
    func noPaths(text: String) {
        #expect(!RoutePath.isValid(text))
    }
}
