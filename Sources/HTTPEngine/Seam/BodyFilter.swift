/// A state machine on a body's way, after transfer decoding and before encoding.
///
/// Filters run on the loop's thread and must not block. One that needs time returns `.suspended` and is called again
/// after `ExchangeWaker.wake()`; meanwhile its side of the exchange isn't read (back-pressure).
package protocol BodyFilter {
    /// Takes some of `input` and writes to `output` as far as `output.room` allows.
    ///
    /// `end` says that nothing follows `input`; the filter is called with it until it reports `.finished`. Without new
    /// input it is called when what it waited for has come: room in the output, or the wake-up.
    mutating func process(_ input: Span<UInt8>, end: Bool, into output: inout OutputBuffer) -> FilterProgress
}

/// What a filter did in one call.
package struct FilterProgress: Hashable, Sendable {
    /// What it waits for.
    package enum State: Hashable, Sendable {
        /// More input.
        case needsInput
        /// Room in the output; it has more to write.
        case needsRoom
        /// `ExchangeWaker.wake()`.
        case suspended
        /// Nothing: it got `end`, consumed all and wrote all.
        case finished
        /// The body is refused: the exchange fails, or is reset when its head was already written.
        case failed
    }

    /// Octets taken from the input; the rest is offered again.
    package var consumed: Int
    package var state: State

    package init(consumed: Int, state: State) {
        self.consumed = consumed
        self.state = state
    }
}
