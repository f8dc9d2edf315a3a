import HTTPTypes
import Hummingbird
import Testing

@testable import ControlHTTP

@Suite("Content-Type of requests (RFC 9110 8.3)")
struct MediaTypeTests {
    private func request(_ types: [String]) -> Request {
        var headers = HTTPFields()
        for type in types { headers.append(HTTPField(name: .contentType, value: type)) }
        return Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/", headerFields: headers),
            body: RequestBody(buffer: .init()))
    }

    @Test(
        "anything but the expected type is refused",
        arguments: [
            [], ["text/plain"], ["application/jsonp"], ["application/json; charset=latin1"], ["application/json; q=1"],
            ["application/json", "application/json"], ["application/json;"], [""],
        ])
    func refused(types: [String]) {
        #expect(throws: ControlHTTPError.self) { try request(types).requireMediaType("application/json") }
    }

    @Test(
        "the expected type is taken in any case and with charset=utf-8",
        arguments: [
            "application/json", "Application/JSON", "application/json;charset=UTF-8",
            "application/json ; charset=\"utf-8\"",
        ])
    func taken(type: String) throws {
        try request([type]).requireMediaType("application/json")
    }
}
