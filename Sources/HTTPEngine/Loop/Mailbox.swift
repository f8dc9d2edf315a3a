import CEventLoop
import Synchronization

/// Messages from other threads to one loop, which an eventfd wakes.
///
/// Bounded by what can be outstanding: one `resume` per parked exchange (whose number is bounded), one `wake` per call
/// of a filter's waker; beyond `capacity` messages are dropped, and the exchange's deadline takes over.
final class Mailbox: Sendable {
    enum Message: Sendable {
        case resume(ExchangeID, parking: UInt32, result: any Sendable)
        case wake(ExchangeID)
        case resolved(UpstreamID)
        case sweep
        case drain(deadline: Duration)
        case stop
    }

    private let messages = Mutex<[Message]>([])
    private let capacity: Int
    /// The eventfd, open as long as anybody can post.
    let descriptor: Int32

    init(capacity: Int) throws(EngineError) {
        let made = el_wakeup_create()
        guard made >= 0 else { throw EngineError(call: "eventfd", code: -made) }
        descriptor = made
        self.capacity = capacity
    }

    deinit { _ = el_close(descriptor) }

    func post(_ message: Message) {
        let isFirst = messages.withLock { messages in
            switch message {
            case .resume, .wake: guard messages.count < capacity else { return false }
            case .resolved, .sweep, .drain, .stop: break
            }
            messages.append(message)
            return messages.count == 1
        }
        if isFirst { _ = el_wakeup_signal(descriptor) }
    }

    /// Takes every message. Call after the descriptor became readable.
    func take() -> [Message] {
        _ = el_wakeup_clear(descriptor)
        return messages.withLock { messages in
            let taken = messages
            messages = []
            return taken
        }
    }
}
