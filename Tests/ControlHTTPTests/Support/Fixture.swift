import HTTPTypes
import Hummingbird
import NIOCore
import Problems
import Synchronization
import TestLogs

@testable import ControlHTTP

/// A responder with a handful of routes, and ways to send requests to it in memory.
struct Fixture {
    let responder: ControlResponder
    let log = CapturedLog()

    init(isHTTPS: Bool = false, addRoutes: (Router<ControlContext>) -> Void = { _ in }) {
        let router = ControlResponder.makeRouter()
        router.get("/hello") { _, _ in Response.text("hello") }
        router.get("/who/:name") { _, context in Response.text(context.parameters.get("name") ?? "") }
        router.post("/echo") { request, context in
            let bytes = try await request.readBody(BodyLimit(bytes: 1000, time: .seconds(1)), context: context)
            return Response.content(bytes, type: "application/octet-stream")
        }
        router.get("/broken") { _, _ -> Response in throw Unexpected() }
        router.get("/refused") { _, _ -> Response in throw Problem(.conflict, detail: "taken") }
        router.publicDocument("/public") { request, _ in
            .conditional(
                Array("{}".utf8), type: "application/json", tag: "v1", cacheControl: "max-age=600", for: request)
        }
        addRoutes(router)
        responder = ControlResponder(
            router: router,
            configuration: .init(
                hosts: HostPolicy(urls: ["https://as.example", "http://gw.example:8080/"]), isHTTPS: isHTTPS))
    }

    struct Unexpected: Error {}

    func send(
        _ method: HTTPRequest.Method, _ path: String, host: String? = "localhost:8081", headers: HTTPFields = [:],
        body: [UInt8] = []
    ) async throws -> Answer {
        var headers = headers
        if !body.isEmpty, !headers.contains(.contentLength) { headers[.contentLength] = String(body.count) }
        let head = HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let context = ControlContext(source: ControlRequestSource(logger: log.logger, remoteAddress: "127.0.0.1"))
        return try await Answer(responder.respond(to: request, context: context))
    }
}

/// A response with its body read.
struct Answer {
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
}

final class BodyCollector: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ buffer: ByteBuffer) async throws {
        bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
