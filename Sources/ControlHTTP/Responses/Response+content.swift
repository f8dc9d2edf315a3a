package import HTTPTypes
package import Hummingbird
package import JOSE
import NIOCore
package import Problems

extension Response {
    /// A response with a body of the given media type.
    ///
    /// Without a `Cache-Control` of its own a response leaves the listener as `no-store`.
    package static func content(
        _ body: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// A JSON document.
    package static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        .content(value.serialized(), type: "application/json", status: status, headers: headers)
    }

    /// A problem document (RFC 9457) with its code's status.
    ///
    /// - Parameter requestID: put into the document unless the problem already has one.
    package static func problem(_ problem: Problem, requestID: RequestID, headers: HTTPFields = [:]) -> Response {
        var problem = problem
        problem.requestID = problem.requestID ?? requestID.description
        let status = HTTPResponse.Status(code: problem.status)
        return .content(problem.json(), type: Problem.mediaType, status: status, headers: headers)
    }

    /// Plain text in UTF-8.
    package static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        .content(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }
}
