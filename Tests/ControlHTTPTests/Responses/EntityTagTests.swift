import HTTPTypes
import Testing

@testable import ControlHTTP

@Suite("Entity tags (RFC 9110 13.1.2)")
struct EntityTagTests {
    @Test(
        "a caller that has another version gets the document",
        arguments: ["\"v0\"", "v1", "\"v0\", \"v2\"", "W/\"v0\""])
    func changed(field: String) async throws {
        let answer = try await Fixture().send(.get, "/public", headers: [.ifNoneMatch: field])
        #expect(answer.status == 200)
        #expect(answer.headers[.eTag] == "\"v1\"")
        #expect(answer.headers[.cacheControl] == "max-age=600")
    }

    @Test("a caller that has the document gets 304", arguments: ["\"v1\"", "W/\"v1\"", "\"v0\" , \"v1\"", "*"])
    func unchanged(field: String) async throws {
        let answer = try await Fixture().send(.get, "/public", headers: [.ifNoneMatch: field])
        #expect(answer.status == 304)
        #expect(answer.body.isEmpty)
        #expect(answer.headers[.eTag] == "\"v1\"")
        #expect(answer.headers[.cacheControl] == "max-age=600")
    }
}
