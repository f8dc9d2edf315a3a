package import Hummingbird
import NIOCore

/// The bounds of reading one request body.
package struct BodyLimit: Sendable, Hashable {
    /// The most octets that are taken.
    package var bytes: Int
    /// The longest time from the start of reading to the last octet: it stops a body that trickles in for ever.
    package var time: Duration

    package init(bytes: Int, time: Duration = .seconds(30)) {
        self.bytes = bytes
        self.time = time
    }

    /// 64 KiB in 30 s: forms of the OAuth endpoints.
    package static let form = BodyLimit(bytes: 64 * 1024)
    /// 4 MiB in 30 s: documents of the management API.
    package static let document = BodyLimit(bytes: 4 * 1024 * 1024)
}

extension Request {
    /// Reads the whole body within `limit`.
    ///
    /// - Throws: ``ControlHTTPError`` with `bodyTooLarge` (before reading when `Content-Length` says so) or
    ///   `bodyIncomplete`.
    package func readBody(_ limit: BodyLimit, context: ControlContext) async throws -> [UInt8] {
        if let announced = headers[.contentLength] {
            guard let length = Int(announced), length >= 0, length <= limit.bytes else { throw Self.tooLarge(limit) }
        }
        let body = self.body
        let outcome = await withTaskGroup(of: BodyOutcome.self) { group in
            group.addTask { await Self.collect(body, upTo: limit.bytes) }
            group.addTask {
                // Cancelled as soon as the body is complete; `late` is then never looked at.
                try? await Task.sleep(for: limit.time)
                return .late
            }
            let first = await group.next() ?? .late
            group.cancelAll()
            return first
        }
        switch outcome {
        case .complete(let bytes):
            context.body.markRead()
            return bytes
        case .tooLarge:
            throw Self.tooLarge(limit)
        case .late:
            throw ControlHTTPError(.bodyIncomplete, "the request body did not arrive in time")
        case .broken:
            throw ControlHTTPError(.bodyIncomplete, "the request body ended early")
        }
    }

    private enum BodyOutcome: Sendable {
        case complete([UInt8])
        case tooLarge
        case late
        case broken
    }

    private static func collect(_ body: RequestBody, upTo limit: Int) async -> BodyOutcome {
        var bytes: [UInt8] = []
        do {
            for try await chunk in body {
                guard chunk.readableBytes <= limit &- bytes.count else { return .tooLarge }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch {
            return .broken
        }
        return Task.isCancelled ? .late : .complete(bytes)
    }

    private static func tooLarge(_ limit: BodyLimit) -> ControlHTTPError {
        ControlHTTPError(.bodyTooLarge, "the request body is longer than \(limit.bytes) octets")
    }

    /// Whether the head announces a body (RFC 9112 section 6.3).
    var announcesBody: Bool {
        if headers[.transferEncoding] != nil { return true }
        guard let length = headers[.contentLength] else { return false }
        return length != "0"
    }
}
