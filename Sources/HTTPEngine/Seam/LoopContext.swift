/// What a handler learns about its loop when it is made.
package struct LoopContext: Sendable {
    /// The loop's number, from 0.
    package let index: Int
    /// The bound on `ExchangeID.index`.
    package let maxConnections: Int
    let mailbox: Mailbox

    /// A handle that wakes the exchange's suspended filters.
    package func waker(for exchange: ExchangeID) -> ExchangeWaker {
        ExchangeWaker(mailbox: mailbox, exchange: exchange)
    }
}
