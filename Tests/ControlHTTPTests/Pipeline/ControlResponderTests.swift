import HTTPTypes
import Hummingbird
import TestLogs
import Testing

@testable import ControlHTTP

@Suite("The way of a control request")
struct ControlResponderTests {
    @Test(
        "a path that does not exist is 404 as a problem document",
        arguments: ["/", "/nothing", "/hello/x", "/HELLO", "/who"])
    func unknownPath(path: String) async throws {
        let answer = try await Fixture().send(.get, path)
        #expect(answer.status == 404)
        #expect(answer.header("Content-Type") == "application/problem+json")
        #expect(answer.body.contains("\"code\":\"not-found\""))
    }

    @Test("a method that a path does not take is 405 with Allow")
    func wrongMethod() async throws {
        let get = try await Fixture().send(.delete, "/hello")
        #expect(get.status == 405)
        #expect(get.headers[.allow] == "GET, HEAD")
        #expect(get.body.contains("\"code\":\"method-not-allowed\""))
        let post = try await Fixture().send(.get, "/echo")
        #expect(post.status == 405)
        #expect(post.headers[.allow] == "POST")
        let captured = try await Fixture().send(.put, "/who/ann?x=1")
        #expect(captured.headers[.allow] == "GET, HEAD")
    }

    @Test("a request for another host, or for none, is refused before it is routed")
    func hosts() async throws {
        #expect(try await Fixture().send(.get, "/hello", host: "evil.example").status == 421)
        #expect(try await Fixture().send(.get, "/hello", host: nil).status == 400)
        let name = try #require(HTTPField.Name("hOst"))
        #expect(try await Fixture().send(.get, "/hello", headers: [name: "localhost"]).status == 400)
        #expect(try await Fixture().send(.get, "/hello", host: "as.example").status == 200)
    }

    @Test("an unexpected error is 500 with an id and no more, and the log has the reason under that id")
    func unexpected() async throws {
        let fixture = Fixture()
        let answer = try await fixture.send(.get, "/broken")
        #expect(answer.status == 500)
        #expect(!answer.body.contains("Unexpected"))
        let id = try #require(answer.header("X-Request-Id"))
        #expect(answer.body.contains(id))
        #expect(fixture.log.text.contains("request_id=\(id)"))
        #expect(fixture.log.text.contains("Unexpected"))
    }

    @Test("a problem that a handler throws keeps its code and detail")
    func problems() async throws {
        let answer = try await Fixture().send(.get, "/refused")
        #expect(answer.status == 409)
        #expect(answer.body.contains("\"detail\":\"taken\""))
    }

    @Test("HEAD gives the head of GET and no body, also for errors")
    func head() async throws {
        let answer = try await Fixture().send(.head, "/hello")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentLength] == "5")
        #expect(answer.body.isEmpty)
        let missing = try await Fixture().send(.head, "/nothing")
        #expect(missing.status == 404)
        #expect(missing.body.isEmpty)
    }

    @Test("every answer carries the security fields and is not stored", arguments: ["/hello", "/nothing", "/broken"])
    func securityFields(path: String) async throws {
        let answer = try await Fixture().send(.get, path)
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'")
        #expect(answer.header("X-Frame-Options") == "DENY")
        #expect(answer.header("Referrer-Policy") == "no-referrer")
        #expect(answer.header("Strict-Transport-Security") == nil)
        #expect(answer.header("Access-Control-Allow-Origin") == nil)
        #expect(answer.header("Date")?.hasSuffix("GMT") == true)
    }

    @Test("https adds Strict-Transport-Security")
    func https() async throws {
        #expect(
            try await Fixture(isHTTPS: true).send(.get, "/hello").header("Strict-Transport-Security")
                == "max-age=31536000")
    }

    @Test("a public document may be read from any origin, without credentials; others never")
    func crossOrigin() async throws {
        let origin: HTTPFields = [.origin: "https://evil.example"]
        let open = try await Fixture().send(.get, "/public", headers: origin)
        #expect(open.header("Access-Control-Allow-Origin") == "*")
        #expect(open.header("Access-Control-Allow-Credentials") == nil)
        let preflight = try await Fixture().send(.options, "/public", headers: origin)
        #expect(preflight.status == 204)
        #expect(preflight.header("Access-Control-Allow-Methods") == "GET, HEAD")
        let closed = try await Fixture().send(.options, "/echo", headers: origin)
        #expect(closed.status == 405)
        #expect(closed.header("Access-Control-Allow-Origin") == nil)
    }

    @Test("the caller's request id is kept when it is harmless and replaced when it is not")
    func requestIDs() async throws {
        let name = try #require(HTTPField.Name("X-Request-Id"))
        #expect(
            try await Fixture().send(.get, "/hello", headers: [name: "a-1.B_c"]).header("X-Request-Id") == "a-1.B_c")
        for bad in ["", "a b", "a\"b", String(repeating: "a", count: 65), "ä"] {
            let answer = try await Fixture().send(.get, "/hello", headers: [name: bad])
            let id = try #require(answer.header("X-Request-Id"))
            #expect(id != bad)
            #expect(id.count == 32)
        }
        var twice = HTTPFields()
        twice.append(HTTPField(name: name, value: "one"))
        twice.append(HTTPField(name: name, value: "two"))
        #expect(try await Fixture().send(.get, "/hello", headers: twice).header("X-Request-Id")?.count == 32)
    }

    @Test("the log has the route's pattern and never the path, the query or a header")
    func log() async throws {
        let fixture = Fixture()
        _ = try await fixture.send(
            .get, "/who/secret-1?token=secret-2", headers: [.authorization: "Basic secret-3"])
        _ = try await fixture.send(.get, "/nothing/secret-4")
        #expect(fixture.log.text.contains("route=/who/{name}"))
        #expect(!fixture.log.text.contains("secret"))
    }

    @Test("a connection whose request body nobody read is ended")
    func unreadBody() async throws {
        #expect(try await Fixture().send(.get, "/hello", body: [1, 2, 3]).headers[.connection] == "close")
        #expect(try await Fixture().send(.post, "/echo", body: [1, 2, 3]).headers[.connection] == nil)
    }
}
