import HTTPTypes
import Hummingbird
import NIOCore
import TestLogs
import Testing

@testable import ControlHTTP

@Suite("Reading request bodies within bounds")
struct BodyTests {
    @Test("a body longer than the limit is refused by its announcement, and the connection is ended")
    func announcedTooLong() async throws {
        let answer = try await Fixture().send(.post, "/echo", headers: [.contentLength: "1001"], body: [1])
        #expect(answer.status == 413)
        #expect(answer.body.contains("\"code\":\"body-too-large\""))
        #expect(answer.headers[.connection] == "close")
    }

    @Test(
        "a Content-Length that is no number of this machine is refused", arguments: ["-1", "99999999999999999999", "x"])
    func announcedNonsense(length: String) async throws {
        let answer = try await Fixture().send(.post, "/echo", headers: [.contentLength: length], body: [1])
        #expect(answer.status == 413)
    }

    @Test("a body longer than the limit is refused while it is read when its length was not announced")
    func streamedTooLong() async throws {
        let answer = try await respond(
            chunks: AsyncStream { stream in
                for _ in 0..<11 { stream.yield(ByteBuffer(repeating: 7, count: 100)) }
                stream.finish()
            })
        #expect(answer.status == 413)
        #expect(answer.headers[.connection] == "close")
    }

    @Test("a body that stops coming is given up after its time")
    func trickling() async throws {
        let (stream, source) = AsyncStream<ByteBuffer>.makeStream()
        source.yield(ByteBuffer(repeating: 7, count: 10))
        let start = ContinuousClock.now
        let answer = try await respond(chunks: stream)
        source.finish()
        #expect(answer.status == 408)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a body of exactly the limit is read, in any chunking", arguments: [1, 7, 250, 1000])
    func exactly(chunk: Int) async throws {
        let answer = try await respond(
            chunks: AsyncStream { stream in
                var left = 1000
                while left > 0 {
                    stream.yield(ByteBuffer(repeating: 0x61, count: min(chunk, left)))
                    left -= min(chunk, left)
                }
                stream.finish()
            })
        #expect(answer.status == 200)
        #expect(answer.body == String(repeating: "a", count: 1000))
        #expect(answer.headers[.connection] == nil)
    }

    private func respond(chunks: AsyncStream<ByteBuffer>) async throws -> Answer {
        let fixture = Fixture()
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost", path: "/echo",
            headerFields: [.transferEncoding: "chunked"])
        let request = Request(head: head, body: RequestBody(asyncSequence: chunks))
        let context = ControlContext(source: ControlRequestSource(logger: fixture.log.logger))
        return try await Answer(fixture.responder.respond(to: request, context: context))
    }
}
