import Glibc
import Testing

@testable import HTTPEngine

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/// A client reads the whole of its last answer, whatever it does meanwhile.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LingeringTests {
    @Test("Lets a client read an answer after it shut down its writing side")
    func halfClose() async throws {
        let upstream = TestUpstream { _ in }
        let engine = try TestEngine(upstream)
        // A small window: most of the answer waits in the kernel of the sender.
        let client = engine.client(receiveBuffer: 8192)
        client.send("POST /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        usleep(50_000)
        client.send("5\r\nhello\r\n")
        client.finishWriting()
        usleep(50_000)
        let answer = client.receiveAll() ?? []
        let isWhole = Array(answer.suffix(24_000)) == makeBody(24_000)
        #expect(isWhole)
        await engine.engine.stop()
    }

    @Test("Ends a connection in order though another request was sent after the last that is served")
    func unreadRequest() async throws {
        let upstream = TestUpstream { socket in
            _ = socket.receiveMessage()
            usleep(150_000)
            socket.send(ok)
            _ = socket.receiveAll()
        }
        let engine = try TestEngine(upstream)
        let client = engine.client()
        client.send(get)
        usleep(50_000)
        client.send(get)
        usleep(20_000)
        async let drained: Void = engine.engine.drain(deadline: .seconds(5))
        let answer = client.receiveAll()
        client.close()
        #expect(answer?.text.hasSuffix("ok") == true)
        await drained
    }
}
