/// Whether calls to a device are worth making: a pure state machine over a monotonic clock.
///
/// After some failures in a row calls are refused at once for a while, so that callers don't wait for what does not answer
/// and the device is not kept from recovering; then one call is let through, and what becomes of it decides.
struct CircuitBreaker: Sendable, Hashable {
    /// The failures in a row after which calls are refused.
    static let mostFailures = 5
    /// For how long, in milliseconds.
    static let rest: Int64 = 10_000

    private enum State: Hashable, Sendable {
        case closed(failures: Int)
        case open(until: Int64)
        /// One call is under way, by which the others go.
        case probing(since: Int64)
    }

    private var state = State.closed(failures: 0)

    /// Whether calls are made at present.
    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// Whether a call may be made now, in monotonic milliseconds.
    mutating func admits(at now: Int64) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
        case .probing(let since):
            // A caller that went away without an answer must not close the way for ever.
            guard now - since >= Self.rest else { return false }
        }
        state = .probing(since: now)
        return true
    }

    /// The device answered, be it that it refuses.
    mutating func noteAnswer() { state = .closed(failures: 0) }

    /// What became of a call tells nothing of whether the device works: the next one is to tell.
    mutating func noteNothing(at now: Int64) {
        if case .probing = state { state = .open(until: now) }
    }

    /// The device did not answer, or could not work.
    mutating func noteFailure(at now: Int64) {
        guard case .closed(let failures) = state, failures + 1 < Self.mostFailures else {
            state = .open(until: now + Self.rest)
            return
        }
        state = .closed(failures: failures + 1)
    }
}
