/// Messages from other threads to one loop.
final class Mailbox: Sendable {
    enum Message: Sendable {
        case resume(ExchangeID, parking: UInt32, result: any Sendable)
        case wake(ExchangeID)
    }

    func post(_ message: Message) {}
}
