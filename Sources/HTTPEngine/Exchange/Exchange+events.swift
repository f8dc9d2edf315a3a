/// What happens to a connection from outside.
extension Exchange {
    /// Some of `upstreamOutput` was sent.
    mutating func upstreamTook(_ environment: borrowing LoopEnvironment) {
        // RFC 9110 section 9.2.2: what the upstream may have acted on is sent twice only if it is idempotent.
        if !line.method.isIdempotent { upstreamOutput.forgetConsumed() }
        clientTook(environment)
    }

    /// Some of `output` was sent.
    mutating func clientTook(_ environment: borrowing LoopEnvironment) {
        switch phase {
        case .flowing: progressed(environment)
        case .ending: deadline = environment.deadline(inNanoseconds: environment.clientIdleNanoseconds)
        default: break
        }
    }

    /// The client shut down its writing side: what it sent is all there is, but it may still read.
    mutating func clientFinished() { clientEnded = true }

    /// Both directions of the client's connection are closed, or it broke. While lingering ours is closed by
    /// ourselves, and reading on tells an orderly end, after which the answer still travels, from a break.
    mutating func clientHungUp(_ environment: inout LoopEnvironment) {
        if phase != .lingering { clientGone(&environment) }
    }

    /// The client's connection is gone.
    mutating func clientGone(_ environment: inout LoopEnvironment) {
        if phase != .closed { cut(.clientGone, &environment) }
    }

    /// The upstream closed its writing side, or its connection broke while receiving.
    mutating func upstreamFinished(broken: Bool) {
        upstreamEnded = true
        upstreamReset = upstreamReset || broken
    }

    /// Whether the exchange waits for a connection to this upstream.
    func awaits(_ upstream: UpstreamID) -> Bool { phase == .asked && outcome.upstream == upstream }

    /// The upstream takes no more; an answer may still be on its way.
    mutating func upstreamStoppedReading(_ environment: inout LoopEnvironment) {
        upstreamBroken = true
        if !upstreamOutput.keepsConsumed { upstreamOutput.clear(to: &environment.pool) }
    }

    /// A suspended filter may go on.
    mutating func wake(_ exchange: ExchangeID) {
        guard exchange == id, isOpen else { return }
        request.wake()
        response.wake()
    }

    /// The handler was asked and wants the exchange gone.
    mutating func abort(_ environment: inout LoopEnvironment) {
        switch phase {
        case .parked, .opening, .asked, .flowing: fail(.aborted, &environment)
        case .ending: cut(.aborted, &environment)
        case .idle, .lingering, .closed: break
        }
    }

    /// The deadline has passed.
    mutating func timedOut(_ environment: inout LoopEnvironment) {
        switch phase {
        case .idle:
            if input.isEmpty {
                persists = false
                clientEnded = true
            } else {
                headLength = 0
                refuseHead(.requestTimeout, &environment)
            }
        case .parked: fail(.parkedTooLong, &environment)
        case .opening, .asked: fail(.upstreamTimeout, &environment)
        case .flowing:
            if responseState != .awaited {
                cut(.timedOut, &environment)
            } else if !request.inputDone, upstreamOutput.isEmpty {
                persists = false
                fail(.requestTimeout, &environment)
            } else {
                fail(.upstreamTimeout, &environment)
            }
        case .ending: cut(.timedOut, &environment)
        case .lingering: clientEnded = true
        case .closed: break
        }
    }
}
