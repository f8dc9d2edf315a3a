import HTTPTypes
import Hummingbird
import JOSE
import NIOCore
import Synchronization

/// A response with its body read.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let collector = BodyCollector()
        try await response.body.write(collector)
        body = collector.text
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The body as JSON; null when it is none.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? nil }

    /// The `error` of RFC 6749 section 5.2.
    var error: String? { json["error"]?.stringValue }
}

final class BodyCollector: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
