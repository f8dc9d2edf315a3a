import CEventLoop
import Glibc

/// What a read or write came to.
enum TransferResult: Hashable {
    /// So many octets; `more` when there may be more at once (the space was filled, all was taken).
    case moved(Int, more: Bool)
    /// Nothing now: wait for the next readiness report.
    case blocked
    /// The other end closed its writing side.
    case ended
    /// The connection is broken.
    case failed
}

/// A connected socket, as octets in and out. The one place that knows how they travel: a transport with encryption
/// replaces this type.
struct Transport: ~Copyable {
    /// -1 after `abort`.
    private var descriptor: Int32

    /// Owns the descriptor from now on.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { if descriptor >= 0 { _ = el_close(descriptor) } }

    /// Receives into the buffer's free space.
    func receive(into input: inout InputBuffer, from pool: inout BufferPool) -> TransferResult {
        let descriptor = self.descriptor
        var space = 0
        let result = unsafe input.withSpace(from: &pool) { memory in
            space = memory.count
            // The kernel writes at most `count` octets at the start of `memory`.
            return unsafe el_receive(descriptor, memory.baseAddress, memory.count)
        }
        if space == 0 { return .blocked }
        if result > 0 {
            input.didReceive(result)
            return .moved(result, more: result == space)
        }
        input.recycle(to: &pool)
        return Self.outcome(result)
    }

    /// Sends from the front of the buffer.
    func send(from output: inout OutputBuffer) -> TransferResult {
        let count = output.count
        let result = unsafe output.readable.withUnsafeBytes { bytes in
            unsafe el_send(descriptor, bytes.baseAddress, bytes.count)
        }
        if result > 0 {
            output.consume(result)
            return .moved(result, more: result == count)
        }
        return result == 0 ? .blocked : Self.outcome(result)
    }

    /// Whether nothing has arrived: no octets, no end, no error.
    var isQuiet: Bool { el_is_quiet(descriptor) != 0 }

    /// The error pending on the socket; 0 for none.
    var pendingError: Int32 { el_socket_error(descriptor) }

    func finishWriting() { _ = el_shutdown_write(descriptor) }

    /// Closes with a reset, so that the other end can't take it for an orderly end.
    mutating func abort() {
        _ = el_abort(descriptor)
        descriptor = -1
    }

    func register(with poller: borrowing Poller, token: UInt64) -> Bool {
        poller.add(descriptor, token: token)
    }

    private static func outcome(_ result: Int) -> TransferResult {
        switch Int32(truncatingIfNeeded: -result) {
        case 0: .ended
        case EAGAIN: .blocked
        default: .failed
        }
    }
}
