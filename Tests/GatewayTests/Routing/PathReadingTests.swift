import HTTPEngine
import JOSE
import Resources
import Testing

@testable import Gateway

/// Spellings of a path by which a lenient upstream would serve another route than the one that was matched.
@Suite struct PathReadingTests {
    /// Anybody may see the site; `/admin`, the exact page `/login/keys` and what is under `/Team.A` need a token.
    private func loop() throws -> TestLoop {
        var world = try TestWorld()
        world.apis[0].spec.routes = [
            Route(path: .prefix("/"), access: .public), Route(path: .prefix("/admin"), scopes: ["orders.read"]),
            Route(path: .exact("/login/keys"), scopes: ["orders.read"]),
            Route(path: .prefix("/login"), access: .public),
            Route(path: .prefix("/Team.A"), scopes: ["orders.read"]),
            Route(path: .exact("/closed/"), scopes: ["orders.read"]),
        ]
        world.apis[1].spec.routes = [
            Route(hosts: ["bills.example"], path: .prefix("/secret"), scopes: ["bills.read"])
        ]
        return try TestLoop(world)
    }

    private func code(_ path: String, host: String = "gateway.example") throws -> String {
        guard let answer = try loop().answer("GET \(path)", ["Host: \(host)"]) else { return "forwarded" }
        return try JSONValue(parsing: answer.body)["code"]?.stringValue ?? ""
    }

    @Test(arguments: [
        // Path parameters, of the segment that guards, of one before and of one after, plain and escaped.
        "/admin;x=1/secret", "/admin;/secret", "/admin;x=1", "/admin;a;b=/x", "/admin%3bx=1/secret", "/admin%3B",
        // Servers that cut everything from the first semicolon, question mark or number sign on, once decoded.
        "/login/keys;x/y", "/login/keys%3fx", "/login/keys%23x/y", "/admin%3Fa/b",
        // Case.
        "/Admin/secret", "/ADMIN", "/aDmin;x/secret", "/%41dmin/secret", "/team.a/x", "/LOGIN/keys", "/login/Keys",
        // What Windows drops at the end of a name.
        "/admin./secret", "/admin../secret", "/admin%20/secret", "/admin%2e/secret", "/admin.%20.;x/secret",
        "/Team.A./x", "/admin%C2%A0/secret", "/admin%c2%a0.", "/admin%E3%80%80/secret",
        // The streams of its file system.
        "/admin::$INDEX_ALLOCATION/secret", "/admin:$I30:$INDEX_ALLOCATION/x", "/admin%3a%3a%24DATA", "/Admin::$x",
        // Wide letters.
        "/%EF%BD%81dmin/secret", "/%ef%bc%a1dmin", "/admin%EF%BC%8E/x", "/admin%EF%BC%9Bx=1/y",
        // A closing slash more or less than an exact path has.
        "/login/keys/", "/login/keys;x/", "/closed", "/closed;x",
        // Decoded twice.
        "/%2561dmin/secret", "/admin%2520/secret", "/login/%256beys",
    ]) func aPathThatSomeServerReadsAsAnotherRouteIsRefused(path: String) throws {
        #expect(try code(path) == "request-malformed")
    }

    @Test(arguments: [
        "/;x/admin", "/;/admin", "/%3b/admin", "//admin", "/a/;x/admin", "/%20/admin", "/..%3bx/admin",
        "/a/..%3B/admin", "/.;x/admin", "/.../admin", "/..%20/admin", "/.%20./admin", "/..%253b/admin",
        "/admin%253bx/secret", "/a%253fb", "/a%2523b", "/\\admin", "/%5cadmin", "/a/..%2520/admin",
        "/%c0%ae%c0%ae/admin",
        "/a%EF%BC%8Fadmin", "/a/%ef%bc%8e%EF%BC%8E/admin", "/a%EF%BC%BCadmin", "/a/%C2%A0/admin",
        "/a%c0%afadmin", "/a%e0%80%afadmin", "/a%C1%9Cadmin",
    ]) func aSegmentThatSomeServerDropsOrClimbsIsRefused(path: String) throws {
        #expect(try code(path) == "request-malformed")
    }

    @Test(arguments: [
        "/", "/a;v=1/b", "/orders;jsessionid=A1/x", "/Orders/AB", "/a%20b", "/x.json", "/login/keys.json", "/login/",
        "/a:$b/c", "/a:b", "/orders/$count", "/%EF%BC%A1%EF%BC%A2", "/caf%C3%A9%C2%A0x", "/%EF%BD%9Ex/%EF%BC",
        "/%EF%BC%BFa",
        "/admins", "/a/admin", "/a/;v=1", "/a/", "/caf%C3%A9", "/a%2520b", "/%E2%82%AC", "/team",
    ]) func aPathThatAllReadAsTheSameRouteIsForwardedAsItCame(path: String) throws {
        let head = try #require(try loop().forwarded("GET \(path)"))
        #expect(head.hasPrefix("GET \(path) HTTP/1.1\r\n"))
    }

    @Test(arguments: ["/admin", "/admin/", "/admin/secret;x=1", "/admin/A./b", "/Team.A/x", "/closed/", "/login/keys"])
    func theGuardedRouteItselfAsksForItsToken(path: String) throws {
        #expect(try code(path) == "token-missing")
    }

    @Test func aHostsOwnRouteIsNotPassedOverByItsSpelling() throws {
        #expect(try code("/secret/x", host: "bills.example") == "token-missing")
        for path in ["/Secret/x", "/secret;x/x", "/secret./x"] {
            #expect(try code(path, host: "bills.example") == "request-malformed")
            #expect(try code(path, host: "other.example") == "forwarded")
        }
    }

    @Test func aPathWithoutARouteIsNotFoundHoweverItIsSpelled() throws {
        let loop = try TestLoop(try TestWorld())
        for path in ["/Orders", "/orders;x", "/orders./1"] {
            #expect(loop.answer("GET \(path)")?.status == 404)
        }
    }

    @Test func routesThatDifferInCaseAloneAreBothReached() throws {
        var world = try TestWorld()
        world.apis[0].spec.routes = [
            Route(path: .prefix("/a"), access: .public), Route(path: .prefix("/A"), scopes: ["orders.read"]),
        ]
        let loop = try TestLoop(world)
        #expect(loop.forwarded("GET /a/x") != nil)
        #expect(loop.answer("GET /A/x")?.status == 401)
        #expect(loop.answer("GET /a;x/x")?.status == 404)
    }
}
