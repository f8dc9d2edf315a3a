import HTTPEngine
import Monitoring
import Problems
import Resources

extension GatewayLoop {
    /// Answers a refusal and keeps it for the operator's log.
    mutating func refuse(_ refusal: Refusal, _ exchange: ExchangeID, scope: String = "") -> RequestDecision {
        let requestID = states[exchange.index].event.requestID
        states[exchange.index].event.problem = problemNumbers[refusal.code] ?? 0
        states[exchange.index].event.outcome = .refused
        if refusal.code.status == 401 || refusal.code.status == 403 {
            states[exchange.index].event.guarded = .refused
        }
        log(refusal.code, reason: refusal.reason, trail: refusal.trail, exchange)
        return .respond(
            ErrorAnswer.response(refusal.code, requestID: requestID, stage: refusal.stage, scope: scope))
    }

    mutating func failure(_ failure: ExchangeFailure, exchange: ExchangeID) -> ImmediateResponse? {
        guard states.indices.contains(exchange.index) else { return nil }
        if states[exchange.index].generation != exchange.generation {
            // The head never got as far as `requestHead`.
            states[exchange.index].clear()
            states[exchange.index].generation = exchange.generation
            states[exchange.index].event = UsageEvent()
            states[exchange.index].event.requestID = ids.next()
            states[exchange.index].event.atMilliseconds = now.unixMilliseconds
            states[exchange.index].peer = PeerAddress()
        }
        noteHealth(of: failure, exchange)
        let isDeviceLate = failure == .parkedTooLong && states[exchange.index].waitsForDevice
        let code = isDeviceLate ? .keysUnavailable : ErrorAnswer.code(for: failure)
        let reason = isDeviceLate ? "device-too-slow" : ErrorAnswer.reason(for: failure)
        states[exchange.index].event.problem = problemNumbers[code] ?? 0
        states[exchange.index].event.outcome = .refused
        log(code, reason: reason, trail: [], exchange, upstream: failure.isOfUpstream)
        return ErrorAnswer.response(
            code, requestID: states[exchange.index].event.requestID, closes: ErrorAnswer.closes(after: failure))
    }

    mutating func exchangeEnded(_ outcome: borrowing ExchangeOutcome, exchange: ExchangeID) {
        guard states.indices.contains(exchange.index), states[exchange.index].generation == exchange.generation else {
            return
        }
        if outcome.respondedAt > 0, let upstream = outcome.upstream { health.succeeded(upstream.index) }
        if outcome.ending == .upstreamDied, let upstream = outcome.upstream {
            health.failed(upstream.index, now: now.nanoseconds)
        }
        // The client was reset, and can't be told: this line is all there is to find out by.
        if outcome.ending == .upstreamDied {
            log(.upstreamBroken, reason: "upstream-died-after-its-head", trail: [], exchange, upstream: true)
        } else if outcome.ending == .timedOut {
            log(.upstreamTimeout, reason: "silent-after-the-head", trail: [], exchange, upstream: true)
        }
        record(outcome, exchange)
        states[exchange.index].clear()
    }

    /// Whether the token of an open exchange was revoked since it passed.
    func shouldAbort(_ exchange: ExchangeID) -> Bool {
        guard states.indices.contains(exchange.index), states[exchange.index].generation == exchange.generation,
            let token = states[exchange.index].token, let matched = states[exchange.index].snapshot
        else { return false }
        let route = matched.routes[states[exchange.index].route]
        let name = matched.apis[route.api].name
        // An API that is gone gave the token its meaning; what it let in ends with it.
        guard let api = snapshot.apis.first(where: { $0.name == name }) else { return true }
        if TokenGuard.refusal(token, api: api, snapshot: snapshot) != nil { return true }
        // Its scopes sufficed when it passed, so only what the client has lost since can matter.
        guard let granted = snapshot.clients[token.clientID]?.standing.scopes[name], granted != token.granted else {
            return false
        }
        return !route.scopeText.split(separator: " ").allSatisfy { granted.contains(String($0)) }
    }

    private func record(_ outcome: borrowing ExchangeOutcome, _ exchange: ExchangeID) {
        var event = states[exchange.index].event
        event.status = UInt16(clamping: outcome.status)
        event.upstream = outcome.upstream.map { UInt32(clamping: $0.index + 1) } ?? 0
        event.totalMicroseconds = Self.microseconds(outcome.endedAt &- outcome.startedAt)
        if outcome.respondedAt > 0 {
            event.upstreamMicroseconds = max(1, Self.microseconds(outcome.respondedAt &- outcome.startedAt))
        }
        event.requestBytes = UInt64(clamping: outcome.requestBodyBytes)
        event.responseBytes = UInt64(clamping: outcome.responseBodyBytes)
        switch outcome.ending {
        case .completed: break
        case .clientGone: event.outcome = .clientAborted
        case .upstreamDied, .timedOut: event.outcome = .upstreamAborted
        case .aborted: event.outcome = .closed
        }
        ring?.push(event)
    }

    private mutating func noteHealth(of failure: ExchangeFailure, _ exchange: ExchangeID) {
        guard failure.isOfUpstream, let matched = states[exchange.index].snapshot else { return }
        let api = matched.apis[matched.routes[states[exchange.index].route].api]
        health.failed(api.upstreamIndices[states[exchange.index].upstream], now: now.nanoseconds)
    }

    /// - Parameter upstream: whether it is about the upstream that was chosen, which is then named.
    private func log(
        _ code: ProblemCode, reason: String, trail: [String], _ exchange: ExchangeID, upstream: Bool = false
    ) {
        guard usage.refusals.admits() else { return }
        let state = states[exchange.index]
        usage.refusals.append(
            RefusalRecord(
                requestID: state.event.requestID, code: code.rawValue, reason: reason, trail: trail,
                status: code.status, api: usage.names.name(of: state.event.api),
                client: state.token?.clientID ?? "", method: state.snapshot == nil ? "" : "\(state.method)",
                peer: state.snapshot == nil ? "" : AddressText.text(state.peer),
                upstream: upstream ? state.upstreamURL : ""))
    }

    private static func microseconds(_ nanoseconds: Int64) -> UInt32 {
        UInt32(clamping: max(0, nanoseconds) / 1000)
    }
}
