/// Resumes one parked exchange, from any thread, at most once; later calls and dead generations are dropped.
package struct ResumeTicket: Sendable {
    let mailbox: Mailbox
    let exchange: ExchangeID
    let parking: UInt32

    /// Hands `result` to the handler's `resumed` on the loop's thread.
    package func resume(_ result: any Sendable) {
        mailbox.post(.resume(exchange, parking: parking, result: result))
    }
}

/// Wakes an exchange whose filter is suspended, from any thread; harmless when it is over.
package struct ExchangeWaker: Sendable {
    let mailbox: Mailbox
    let exchange: ExchangeID

    package func wake() { mailbox.post(.wake(exchange)) }
}
