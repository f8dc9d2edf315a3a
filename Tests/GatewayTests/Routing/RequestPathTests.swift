import Testing

@testable import Gateway

@Suite struct RequestPathTests {
    private func verdict(_ path: String) -> RequestPath.Verdict {
        RequestPath.verdict(of: Array(path.utf8).span)
    }

    @Test(
        arguments: [
            ("", .notAbsolute), ("orders", .notAbsolute), ("*", .notAbsolute),
            ("/a\\b", .forbiddenOctet), ("/a b", .forbiddenOctet), ("/a\0", .forbiddenOctet),
            ("/a\u{7f}", .forbiddenOctet),
            ("/ä", .forbiddenOctet), ("/a#b", .forbiddenOctet), ("/a?b", .forbiddenOctet), ("/<a>", .forbiddenOctet),
            ("/a|b", .forbiddenOctet), ("/[a]", .forbiddenOctet),
            ("/%", .brokenEscape), ("/%EF%BC%", .brokenEscape), ("/%EF%BC%B", .brokenEscape), ("/%4", .brokenEscape),
            ("/%zz", .brokenEscape), ("/a%2", .brokenEscape),
            ("/a%2fb", .escapedSeparator), ("/a%2Fb", .escapedSeparator), ("/a%5Cb", .escapedSeparator),
            ("/a%5cb", .escapedSeparator),
            ("/a%00", .escapedControl), ("/a%0d%0a", .escapedControl), ("/a%7f", .escapedControl),
            ("/a%252fb", .doubleEscape), ("/a%252e%252e/b", .doubleEscape), ("/a%2500", .doubleEscape),
            ("/a%255c", .doubleEscape), ("/a%2525", .doubleEscape),
            ("/.", .dotSegment), ("/..", .dotSegment), ("/a/./b", .dotSegment), ("/a/../b", .dotSegment),
            ("/a/..", .dotSegment), ("/%2e%2e/b", .dotSegment), ("/a/%2E./b", .dotSegment), ("/a/.%2e", .dotSegment),
            ("/a/..;x=1/b", .dotSegment), ("/a/.;/b", .dotSegment), ("/a/%2e%2e;/b", .dotSegment),
            ("/...", .dotSegment), ("/..%20/b", .dotSegment), ("/a/..%3Bx/b", .dotSegment),
            ("/;x/b", .emptySegment), ("/a/%20/b", .emptySegment), ("/a%253bb", .doubleEscape),
            ("/%c0%af", .overlongEncoding), ("/%E0%80%AF", .overlongEncoding), ("/%F0%80%80%AF", .overlongEncoding),
            ("//", .emptySegment), ("//a", .emptySegment), ("/a//b", .emptySegment), ("/a//", .emptySegment),
        ] as [(String, RequestPath.Fault)])
    func aPathWithTwoReadingsIsRefused(path: String, fault: RequestPath.Fault) {
        #expect(verdict(path) == .refused(fault))
    }

    @Test(arguments: ["/", "/orders", "/orders/1", "/a-b._~!&'()*+,=:@", "/.well-known/x", "/a..b/c"])
    func anOrdinaryPathIsTakenAsItIs(path: String) {
        #expect(verdict(path) == .plain)
    }

    @Test(arguments: [
        "/orders/", "/Orders", "/a;v=1/b", "/a./b", "/a..", "/a%20b", "/a%C3%A4", "/100%25", "/a%25zz", "/a/;x",
        "/a%E2%82%AC", "/%C3", "/%C0a", "/$count", "/%EF%BC%A1", "/a%C2%A0", "/%EF%BC",
    ])
    func aPathThatSomeServerReadsOtherwiseIsTakenAsItIsToo(path: String) {
        #expect(verdict(path) == .clean)
    }

    @Test(arguments: [
        ("/%6frders", "/orders"), ("/%7Euser", "/~user"), ("/a%2d%2Eb", "/a-.b"), ("/a%c3%a4", "/a%C3%A4"),
        ("/%41%5a%30", "/AZ0"), ("/%ef%bc%a1", "/%EF%BC%A1"), ("/x%c2%A0y", "/x%C2%A0y"),
    ])
    func equivalentSpellingsBecomeOne(path: String, canonical: String) {
        #expect(verdict(path) == .respelled)
        var output: [UInt8] = []
        RequestPath.rewrite(Array(path.utf8).span, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == canonical)
        #expect(verdict(canonical) == .clean || verdict(canonical) == .plain)
    }

    @Test func noPathOfRandomOctetsTrapsAndRewritingIsStable() {
        var random = Seeded(seed: 7)
        let alphabet = Array("/%.;25eEfF0aZ~\\ \u{0}é".utf8)
        for _ in 0..<20_000 {
            let path =
                [UInt8(ascii: "/")]
                + (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            guard case .respelled = RequestPath.verdict(of: path.span) else { continue }
            var once: [UInt8] = []
            RequestPath.rewrite(path.span, into: &once)
            let verdict = RequestPath.verdict(of: once.span)
            #expect(verdict == .clean || verdict == .plain)
        }
    }
}

/// A small repeatable generator for tests.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 33
    }
}
