/// How long a client token lives, in monotonic milliseconds.
struct TransitLease: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case good, renewalDue, over
    }

    /// The shortest lease that is worth renewing. At the end of a token's longest life the server grants less and less.
    static let shortest: Int64 = 3_000
    /// The longest lease that is counted: ten years.
    static let longest: Int64 = 315_360_000_000

    let start: Int64
    /// Zero for a token that does not end, or of which nothing is known.
    let length: Int64
    private(set) var isRenewable: Bool

    /// - Parameter seconds: as the server says; nil for a number that means nothing.
    init?(seconds: Int64, isRenewable: Bool, start: Int64) {
        guard seconds >= 0 else { return nil }
        self.start = start
        length = seconds > Self.longest / 1000 ? Self.longest : seconds * 1000
        self.isRenewable = isRenewable && length >= Self.shortest
    }

    /// A lease of which nothing is known.
    init(unknownSince start: Int64) {
        self.start = start
        length = 0
        isRenewable = false
    }

    /// The server does not renew it.
    mutating func noteRefusal() { isRenewable = false }

    func state(at now: Int64) -> State {
        guard length > 0 else { return .good }
        if now - start >= length { return .over }
        return isRenewable && now - start >= length / 3 * 2 ? .renewalDue : .good
    }

    /// The time from now until it should be renewed; nil when it can't be, or is over.
    func pause(at now: Int64) -> Int64? {
        guard isRenewable, length > 0 else { return nil }
        switch state(at: now) {
        case .good: return max(start + length / 3 * 2 - now, 1)
        // It was tried and failed: a tenth of the lease later it is tried again.
        case .renewalDue: return max(length / 10, 500)
        case .over: return nil
        }
    }
}
