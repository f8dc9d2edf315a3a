import HTTPEngine
import Testing

@testable import Gateway

@Suite struct RouterTests {
    private func match(
        _ router: Router, _ path: String, host: String = "gateway.example", method: String = "GET"
    ) -> Int? {
        guard case .route(let index) = verdict(router, path, host: host, method: method) else { return nil }
        return index
    }

    private func verdict(
        _ router: Router, _ path: String, host: String = "gateway.example", method: String
    ) -> Router.Match {
        let octets = Array(path.utf8)
        return router.match(
            host: Array(host.utf8).span, path: octets.span,
            isPlain: RequestPath.verdict(of: octets.span) == .plain, method: RequestMethod(method))
    }

    @Test(arguments: [
        ("/orders", true), ("/orders/", true), ("/orders/1", true), ("/orders/1/items", true), ("/ordersx", false),
        ("/order", false), ("/", false), ("/Orders", false), ("/orders%2F1", false),
    ]) func aPrefixMatchesOnSegmentBoundaries(path: String, matches: Bool) {
        let router = Router([RoutePattern(path: .prefix("/orders"))])
        #expect((match(router, path) != nil) == matches)
    }

    @Test func theClosingSlashOfAPrefixMeansNothingAndThatOfAnExactPathDoes() {
        let router = Router([RoutePattern(path: .prefix("/a/")), RoutePattern(path: .exact("/b/"))])
        #expect(match(router, "/a") == 0)
        #expect(match(router, "/a/") == 0)
        #expect(match(router, "/b/") == 1)
        #expect(match(router, "/b") == nil)
    }

    @Test func thePrefixOfTheRootTakesEverything() {
        let router = Router([RoutePattern(path: .prefix("/"))])
        for path in ["/", "/a", "/a/b/"] { #expect(match(router, path) == 0) }
    }

    @Test func theLongestPathWinsWhateverTheOrder() {
        let patterns = [
            RoutePattern(path: .prefix("/")), RoutePattern(path: .prefix("/a/b")), RoutePattern(path: .prefix("/a")),
            RoutePattern(path: .exact("/a/b")),
        ]
        let router = Router(patterns)
        #expect(match(router, "/a/b") == 3)
        #expect(match(router, "/a/b/c") == 1)
        #expect(match(router, "/a/x") == 2)
        #expect(match(router, "/x") == 0)
    }

    @Test func anExactHostBeatsAWildcardAndTheLongerWildcardBeatsTheShorter() {
        let router = Router([
            RoutePattern(path: .prefix("/")), RoutePattern(hosts: ["*.example.com"], path: .prefix("/")),
            RoutePattern(hosts: ["*.eu.example.com"], path: .prefix("/")),
            RoutePattern(hosts: ["api.eu.example.com"], path: .prefix("/")),
        ])
        #expect(match(router, "/", host: "api.eu.example.com") == 3)
        #expect(match(router, "/", host: "API.EU.Example.Com:8080") == 3)
        #expect(match(router, "/", host: "api.eu.example.com.") == 3)
        #expect(match(router, "/", host: "x.eu.example.com") == 2)
        #expect(match(router, "/", host: "a.b.example.com") == 1)
        #expect(match(router, "/", host: "example.com") == 0)
        #expect(match(router, "/", host: ".example.com") == 0)
        #expect(match(router, "/", host: "evilexample.com") == 0)
    }

    @Test func anAddressInBracketsIsAHostWithoutItsPort() {
        let router = Router([RoutePattern(hosts: ["[::1]"], path: .prefix("/"))])
        #expect(match(router, "/", host: "[::1]:8080") == 0)
        #expect(match(router, "/", host: "[::1]") == 0)
        #expect(match(router, "/", host: "[::2]") == nil)
    }

    @Test func anotherMethodFallsBackToAShorterPathOrAnotherHost() {
        let router = Router([
            RoutePattern(hosts: ["a.example"], path: .prefix("/orders"), methods: ["POST"]),
            RoutePattern(path: .prefix("/"), methods: ["GET"]),
        ])
        #expect(match(router, "/orders", host: "a.example", method: "POST") == 0)
        #expect(match(router, "/orders", host: "a.example", method: "GET") == 1)
        #expect(match(router, "/orders", host: "a.example", method: "DELETE") == nil)
    }

    @Test(arguments: [
        ("/orders", "GET", Router.Match.route(0)), ("/orders/1", "HEAD", .route(0)), ("/orders", "POST", .hidden),
        ("/orders/1", "DELETE", .hidden), ("/orders", "PURGE", .hidden), ("/orders", "OPTIONS", .route(3)),
        ("/orders/open", "POST", .route(2)), ("/other", "POST", .route(1)), ("/orders;x", "POST", .ambiguous),
        ("/Orders", "POST", .ambiguous), ("/Orders", "OPTIONS", .route(3)),
    ]) func noPublicRouteTakesWhatAGuardedOneLeaves(path: String, method: String, expected: Router.Match) {
        let router = Router([
            RoutePattern(path: .prefix("/orders"), methods: ["GET"]), RoutePattern(path: .prefix("/"), isPublic: true),
            RoutePattern(path: .prefix("/orders/open"), isPublic: true),
            RoutePattern(path: .prefix("/"), methods: ["OPTIONS"], isPublic: true),
        ])
        #expect(verdict(router, path, method: method) == expected)
    }

    @Test(arguments: ["a.example", "*.example"]) func norDoesOneOfALessSpecificHost(host: String) {
        let router = Router([
            RoutePattern(hosts: [host], path: .prefix("/orders"), methods: ["GET"]),
            RoutePattern(path: .prefix("/"), isPublic: true),
        ])
        #expect(verdict(router, "/orders", host: "a.example", method: "POST") == .hidden)
        #expect(verdict(router, "/orders;x", host: "a.example", method: "POST") == .hidden)
        #expect(verdict(router, "/orders", host: "b.test", method: "POST") == .route(1))
        #expect(verdict(router, "/", host: "a.example", method: "POST") == .route(1))
    }

    @Test func getBringsHeadAlongAndNothingElse() {
        let router = Router([RoutePattern(path: .prefix("/"), methods: ["GET"])])
        #expect(match(router, "/", method: "HEAD") == 0)
        for method in ["POST", "OPTIONS", "get", "TRACE", "PURGE"] {
            #expect(match(router, "/", method: method) == nil)
        }
    }

    @Test func extensionMethodsAreComparedByName() {
        let router = Router([RoutePattern(path: .prefix("/"), methods: ["PURGE", "REPORT"])])
        #expect(match(router, "/", method: "REPORT") == 0)
        #expect(match(router, "/", method: "report") == nil)
        #expect(match(router, "/", method: "GET") == nil)
    }

    @Test func aRouteThatNamesTheMethodBeatsOneThatTakesAnyThenTheFirstWins() {
        let router = Router([
            RoutePattern(path: .prefix("/a")), RoutePattern(path: .prefix("/a"), methods: ["PUT"]),
            RoutePattern(path: .prefix("/a"), methods: ["PUT", "GET"]),
        ])
        #expect(match(router, "/a", method: "PUT") == 1)
        #expect(match(router, "/a", method: "GET") == 2)
        #expect(match(router, "/a", method: "POST") == 0)
    }

    @Test func aPatternThatCanNeverMatchIsReportedAndLeftOut() {
        var faults: [Int: RequestPath.Fault] = [:]
        let router = Router([RoutePattern(path: .prefix("/a/../b")), RoutePattern(path: .prefix("/%6frders"))]) {
            faults[$0] = $1
        }
        #expect(faults == [0: .dotSegment])
        #expect(match(router, "/orders") == 1)
    }

    @Test func theTreeAgreesWithASearchOneByOne() {
        var random = Seeded(seed: 11)
        let names = ["a", "b", "ab", "c"]
        func path() -> String {
            "/"
                + (0..<Int.random(in: 0...3, using: &random)).map { _ in names.randomElement(using: &random) ?? "" }
                .joined(separator: "/")
        }
        for _ in 0..<200 {
            let patterns = (0..<8).map { _ in
                RoutePattern(
                    path: Bool.random(using: &random) ? .prefix(path()) : .exact(path()),
                    methods: Bool.random(using: &random) ? [] : ["PUT"], isPublic: Bool.random(using: &random))
            }
            let router = Router(patterns)
            for _ in 0..<20 {
                let request = path()
                let method = Bool.random(using: &random) ? "PUT" : "GET"
                #expect(match(router, request, method: method) == Self.slowMatch(patterns, request, method))
            }
        }
    }

    /// The rules of the router, one pattern after the other.
    private static func slowMatch(_ patterns: [RoutePattern], _ path: String, _ method: String) -> Int? {
        func takes(_ pattern: RoutePattern) -> Bool { pattern.methods.isEmpty || pattern.methods.contains(method) }
        func rank(_ pattern: RoutePattern) -> (Int, Int, Int)? {
            let named = pattern.methods.isEmpty ? 0 : 1
            switch pattern.path {
            case .exact(let text): return text == path ? (text.split(separator: "/").count, 1, named) : nil
            case .prefix(let text):
                let matches = text == "/" || path == text || path.hasPrefix(text + "/")
                return matches ? (text.split(separator: "/").count, 0, named) : nil
            }
        }
        var best: (index: Int, rank: (Int, Int, Int))?
        for (index, pattern) in patterns.enumerated() {
            guard takes(pattern), let rank = rank(pattern) else { continue }
            if let known = best, known.rank >= rank { continue }
            best = (index, rank)
        }
        guard let best, patterns[best.index].isPublic else { return best?.index }
        let isHidden = patterns.contains { pattern in
            guard !pattern.isPublic, !takes(pattern), let rank = rank(pattern) else { return false }
            let node = (rank.0, rank.1)
            // A node's routes share it: one that takes the method speaks for all of them.
            return node > (best.rank.0, best.rank.1)
        }
        return isHidden ? nil : best.index
    }
}
