/// The request's way: the decision about its head, and its content to the upstream.
extension Exchange {
    /// Asks the handler about the head of `headLength` octets at the start of `input`, whose fields are in the table.
    mutating func decide(resuming result: (any Sendable)? = nil, _ environment: inout LoopEnvironment) {
        let facts = environment.table.facts
        let framing = BodyFraming.ofRequest(facts)
        request = BodyPipe(framing: framing, isChunked: false)
        persists = !facts.closes && (line.minorVersion == 1 || facts.keepsAlive)
        persists = persists && !environment.isDraining
        expectsContinue = facts.expectsContinue && line.minorVersion == 1 && !request.inputDone
        var immediate: ImmediateResponse?
        var failure: ExchangeFailure?
        switch ask(framing, resuming: result, environment) {
        case .respond(let answer): immediate = answer
        case .park(let duration, let start):
            guard environment.parked < environment.configuration.maxParked else {
                failure = .overloaded
                break
            }
            return park(duration, start, &environment)
        case .forward(let forwarding):
            failure = prepare(forwarding, framing: framing, &environment)
            if failure == nil, !writeHead(framing, &environment) { failure = .headTooLarge }
        }
        input.consume(headLength)
        headLength = 0
        if let immediate { return respond(immediate, &environment) }
        if let failure { return fail(failure, &environment) }
        phase = .opening
        deadline = environment.deadline(inNanoseconds: timeouts.connectNanoseconds)
    }

    private func ask(
        _ framing: BodyFraming, resuming result: (any Sendable)?, _ environment: borrowing LoopEnvironment
    ) -> RequestDecision {
        let head = RequestHead(
            bytes: input.readable.extracting(first: headLength), entries: environment.table.entries.span, line: line,
            peer: peer, framing: framing)
        guard let result else { return environment.handler.requestHead(head, exchange: id) }
        return environment.handler.resumed(id, head: head, result: result)
    }

    /// False when the head the handler wrote is too large.
    private mutating func writeHead(_ framing: BodyFraming, _ environment: inout LoopEnvironment) -> Bool {
        let sent = request.isRewrittenChunked ? BodyFraming.chunked : framing
        // Moved out while the head, a view into this value, is in use.
        var output = OutputBuffer(limit: 0)
        swap(&output, &upstreamOutput)
        output.prepare(from: &environment.pool)
        write(framing, sentAs: sent, environment, into: &output)
        swap(&output, &upstreamOutput)
        return !upstreamOutput.overflowed
    }

    private func write(
        _ framing: BodyFraming, sentAs sent: BodyFraming, _ environment: borrowing LoopEnvironment,
        into output: inout OutputBuffer
    ) {
        let head = RequestHead(
            bytes: input.readable.extracting(first: headLength), entries: environment.table.entries.span, line: line,
            peer: peer, framing: framing)
        environment.handler.writeUpstreamHead(head, exchange: id, framing: sent, into: &output)
        switch sent {
        case .none, .untilClose: break
        case .length(let length):
            output.append("Content-Length: " as StaticString)
            output.append(decimal: length)
            output.append("\r\n" as StaticString)
        case .chunked: output.append("Transfer-Encoding: chunked\r\n" as StaticString)
        }
        output.append("\r\n" as StaticString)
    }

    private mutating func park(
        _ duration: Duration, _ start: (ResumeTicket) -> Void, _ environment: inout LoopEnvironment
    ) {
        parking &+= 1
        environment.parked += 1
        phase = .parked
        deadline = environment.deadline(in: duration)
        start(ResumeTicket(mailbox: environment.context.mailbox, exchange: id, parking: parking))
    }

    /// Off-loop work is done. Dropped unless this very parking waits for it.
    mutating func resume(
        _ exchange: ExchangeID, parking: UInt32, result: any Sendable, _ environment: inout LoopEnvironment
    ) {
        guard phase == .parked, exchange == id, parking == self.parking else { return }
        environment.parked -= 1
        phase = .idle
        // The fields' table is the loop's and served other heads meanwhile: read again what was read before.
        var again = RequestParser(limits: environment.limits)
        guard case .complete(let length) = parse(&again, &environment) else {
            return refuseHead(.malformed(.requestLine), &environment)
        }
        headLength = length
        decide(resuming: result, &environment)
    }

    private mutating func prepare(
        _ forwarding: Forwarding, framing: BodyFraming, _ environment: inout LoopEnvironment
    ) -> ExchangeFailure? {
        if case .length(let length) = framing, length > forwarding.maxBodyBytes { return .bodyTooLarge }
        let filters = FilterChain(forwarding.requestFilters, limit: environment.pool.size)
        let hasBody = framing != .none
        request = BodyPipe(
            framing: framing, isChunked: framing == .chunked || (hasBody && filters != nil),
            filters: hasBody ? filters : nil, maxBytes: forwarding.maxBodyBytes)
        timeouts = forwarding.timeouts
        outcome.upstream = forwarding.upstream
        // A request may go out again as long as all of it is still in the buffer, see `upstreamTook`.
        upstreamOutput.clear(to: &environment.pool)
        upstreamOutput.keepConsumed()
        return nil
    }

    /// A connection to the upstream stands.
    mutating func upstreamOpened(reused: Bool, _ environment: inout LoopEnvironment) {
        guard phase == .asked else { return }
        phase = .flowing
        upstreamReused = reused
        outcome.upstreamReused = reused
        outcome.attempts += 1
        upstreamEnded = false
        upstreamBroken = false
        upstreamReset = false
        if expectsContinue, input.isEmpty {
            output.prepare(from: &environment.pool)
            output.append("HTTP/1.1 100 Continue\r\n\r\n" as StaticString)
        }
        expectsContinue = false
        progressed(environment)
    }

    /// No connection could be made.
    mutating func upstreamFailed(_ failure: ExchangeFailure, _ environment: inout LoopEnvironment) {
        guard phase == .asked else { return }
        phase = .opening
        fail(failure, &environment)
    }

    /// Moves request content from the client to the upstream.
    mutating func moveRequest(_ environment: inout LoopEnvironment) {
        guard !request.isDone, !upstreamBroken else { return }
        let before = request.bytes
        upstreamOutput.prepare(from: &environment.pool)
        let result = request.move(
            from: &input, ended: clientEnded, to: &upstreamOutput, highWater: environment.pool.size)
        input.recycle(to: &environment.pool)
        if request.bytes != before { progressed(environment) }
        switch result {
        case .done: progressed(environment)
        case .waiting:
            // Nothing may be forgotten while it could be needed again; once the buffer is full, it is too late for that.
            if upstreamOutput.keepsConsumed, upstreamOutput.occupied > environment.pool.size / 2 {
                upstreamOutput.forgetConsumed()
            }
        case .endedEarly:
            guard responseState != .awaited else { return cut(.clientGone, &environment) }
            // The answer came first, and a client may give up sending in order to read it.
            upstreamStoppedReading(&environment)
        case .tooLarge: fail(.bodyTooLarge, &environment)
        case .malformed(let reason): fail(.malformed(reason), &environment)
        case .filterFailed: fail(.filterFailed, &environment)
        }
    }

    /// Something moved: the silence is measured anew.
    mutating func progressed(_ environment: borrowing LoopEnvironment) {
        let awaitsHead = responseState == .awaited && request.isDone
        deadline = environment.deadline(
            inNanoseconds: awaitsHead ? timeouts.responseNanoseconds : timeouts.idleNanoseconds)
    }
}
