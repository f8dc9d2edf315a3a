import Foundation
import Testing

@testable import Problems

@Suite("A problem document")
struct ProblemTests {
    @Test("has type, title, status and code")
    func plain() {
        let text = String(decoding: Problem(.tokenMissing).json(), as: UTF8.self)
        #expect(
            text == #"{"type":"urn:signet:problem:token-missing","title":"An access token is required","#
                + #""status":401,"code":"token-missing"}"#)
    }

    @Test("tells no detail in a 5xx, only the request's id", arguments: [ProblemCode.internalError, .upstreamBroken])
    func noDetailInside(code: ProblemCode) {
        let text = String(
            decoding: Problem(code, detail: "disk /dev/sda1 is full", requestID: "r-1").json(), as: UTF8.self)
        #expect(!text.contains("sda1"))
        #expect(text.contains(#""request_id":"r-1""#))
    }

    @Test("lists every fault with its place")
    func faults() throws {
        let problem = Problem(
            .resourceInvalid, detail: "2 faults",
            faults: [
                Problem.Fault(path: "spec.audience", message: "expected a URI", location: "a.yaml:3"),
                Problem.Fault(path: "", message: "expected a mapping"),
            ])
        let object = try parsed(problem)
        let errors = try #require(object["errors"] as? [[String: String]])
        #expect(
            errors == [
                ["path": "spec.audience", "message": "expected a URI", "location": "a.yaml:3"],
                ["path": "", "message": "expected a mapping"],
            ])
    }

    @Test(
        "survives any text in its detail",
        arguments: ["\"}", "\\", "\n\r\t\u{0}\u{1f}\u{7f}", "zażółć 🔑 \u{2028}", "</script>", ""])
    func escapes(text: String) throws {
        #expect(try parsed(Problem(.requestMalformed, detail: text))["detail"] as? String == text)
    }

    private func parsed(_ problem: Problem) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(problem.json()))
        return try #require(object as? [String: Any])
    }
}
