import Glibc
import Synchronization

/// An upstream that answers each request with the head it got; one thread per connection.
///
/// Of the path: `/…/stream` sends its head and a first chunk and then nothing more until it is stopped.
final class TestUpstream: Sendable {
    let port: UInt16
    private let listener: TestSocket
    private let open = Mutex<[Int32]>([])

    init() throws {
        (listener, port) = try TestSocket.listener(nonBlocking: false)
        Self.thread { [self] in
            while let connection = listener.accept() {
                open.withLock { $0.append(connection.descriptor) }
                Self.thread { [self] in
                    serve(connection)
                    open.withLock { $0.removeAll { $0 == connection.descriptor } }
                    connection.close()
                }
            }
            // Closed here and nowhere else: its number may be the next listener's, which this thread must not serve.
            listener.close()
        }
    }

    private func serve(_ connection: TestSocket) {
        while true {
            let head = connection.message()
            guard !head.isEmpty else { return }
            if head.split(separator: " ").dropFirst().first?.hasSuffix("/stream") == true {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                _ = connection.read()
                return
            }
            let text = String(head)
            let body = text.hasPrefix("HEAD ") ? "" : text
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\nX-Signet-Subject: evil\r\n\r\n\(body)")
        }
    }

    func stop() {
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        for descriptor in open.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        pthread_create(
            &thread, nil,
            { argument in
                argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}
