import HTTPTypes
import Hummingbird
import JOSE
import Testing

@testable import ControlHTTP

@Suite("JSON bodies (RFC 8259, strictly)")
struct JSONBodyTests {
    private func send(_ body: String, type: String = "application/json") async throws -> Answer {
        let fixture = Fixture { router in
            router.post("/json") { request, context in
                Response.json(["got": try await request.readJSON(limit: BodyLimit(bytes: 100), context: context)])
            }
        }
        return try await fixture.send(.post, "/json", headers: [.contentType: type], body: Array(body.utf8))
    }

    @Test(
        "what is not exactly one JSON document is refused",
        arguments: ["", "{", "{\"a\":1,\"a\":2}", "{} {}", "\u{feff}{}"])
    func malformed(body: String) async throws {
        let answer = try await send(body)
        #expect(answer.status == 400)
        #expect(answer.body.contains("\"code\":\"request-malformed\""))
    }

    @Test("another media type is refused with 415, a long body with 413")
    func refused() async throws {
        #expect(try await send("{}", type: "text/plain").status == 415)
        #expect(try await send("\"\(String(repeating: "a", count: 200))\"").status == 413)
    }

    @Test("a document comes in and goes out")
    func accepted() async throws {
        let answer = try await send("{\"a\":[1,true,null]}")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.body == "{\"got\":{\"a\":[1,true,null]}}")
    }
}
