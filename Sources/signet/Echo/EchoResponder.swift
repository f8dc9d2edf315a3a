import HTTPTypes
import Hummingbird
import JOSE
import NIOCore

/// Answers every request with what it looked like.
///
/// The query chooses other behaviour: `status=503`, `delay=200` (milliseconds before the answer), `bytes=1000` (that
/// many octets instead of the description).
struct EchoResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let octets = try await Self.count(request.body)
        let query = request.uri.queryParameters
        if let delay = query["delay"].flatMap({ Int64($0) }), (1...600_000).contains(delay) {
            try await Task.sleep(for: .milliseconds(delay))
        }
        let status = query["status"].flatMap { Int($0) }.flatMap { (200...599).contains($0) ? $0 : nil } ?? 200
        if let bytes = query["bytes"].flatMap({ Int($0) }), bytes >= 0 {
            return Response(
                status: HTTPResponse.Status(code: status), headers: [.contentType: "application/octet-stream"],
                body: Self.octets(bytes))
        }
        let text = Self.describe(request, bodyBytes: octets).serializedString(pretty: true) + "\n"
        return Response(
            status: HTTPResponse.Status(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Reads the body to its end and keeps none of it.
    private static func count(_ body: RequestBody) async throws -> Int64 {
        var count: Int64 = 0
        for try await chunk in body { count += Int64(chunk.readableBytes) }
        return count
    }

    /// `bytes` octets, a piece at a time, as fast as they are taken.
    private static func octets(_ bytes: Int) -> ResponseBody {
        ResponseBody(contentLength: bytes) { writer in
            let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)
            var rest = bytes
            while rest > 0 {
                let count = min(rest, piece.readableBytes)
                try await writer.write(piece.getSlice(at: 0, length: count) ?? piece)
                rest -= count
            }
            try await writer.finish(nil)
        }
    }

    private static func describe(_ request: Request, bodyBytes: Int64) -> JSONValue {
        var fields = JSONObject()
        if let authority = request.head.authority { fields["host"] = .string(authority) }
        for field in request.headers {
            let name = field.name.canonicalName
            // A field that came several times is shown as a list: how often it came may be what one looks for.
            switch fields[name] {
            case nil: fields[name] = .string(field.value)
            case .array(let values)?: fields[name] = .array(values + [.string(field.value)])
            case let value?: fields[name] = .array([value, .string(field.value)])
            }
        }
        return [
            "method": .string(request.method.rawValue),
            "path": .string(request.uri.path),
            "query": request.uri.query.map { .string($0) } ?? .null,
            "headers": .object(fields),
            "body_bytes": .integer(bodyBytes),
        ]
    }
}
