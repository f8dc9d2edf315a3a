/// The response's way: the upstream's head and content to the client, and answers of our own.
extension Exchange {
    /// At most so many 1xx responses before the final one.
    static var maxInterimResponses: Int { 16 }

    /// Moves the response from the upstream to the client.
    mutating func moveResponse(_ environment: inout LoopEnvironment) {
        while responseState == .awaited {
            guard !upstreamInput.isEmpty else {
                if upstreamEnded { upstreamSilent(&environment) }
                return
            }
            upstreamOutput.forgetConsumed()
            guard readResponseHead(&environment) else { return }
        }
        guard responseState == .flowing else { return }
        let before = response.bytes
        let result = response.move(
            from: &upstreamInput, ended: upstreamEnded && !upstreamReset, to: &output, highWater: environment.pool.size)
        upstreamInput.recycle(to: &environment.pool)
        if response.bytes != before { progressed(environment) }
        switch result {
        case .waiting:
            // What arrived before it broke is passed on, and is enough if it was all.
            if upstreamReset, upstreamInput.isEmpty, !response.inputDone { cut(.upstreamDied, &environment) }
        case .done: finishResponse()
        case .endedEarly, .malformed, .tooLarge: cut(.upstreamDied, &environment)
        case .filterFailed: cut(.aborted, &environment)
        }
    }

    /// The upstream closed without an answer: a pooled connection may just have been too old, which is no failure of
    /// the request if all of it can be sent again: it is idempotent, or none of it was sent.
    private mutating func upstreamSilent(_ environment: inout LoopEnvironment) {
        guard upstreamReused, upstreamOutput.keepsConsumed, outcome.attempts == 1 else {
            return fail(.upstreamBroken, &environment)
        }
        upstreamOutput.rewind()
        phase = .opening
        drop = false
        deadline = environment.deadline(inNanoseconds: timeouts.connectNanoseconds)
    }

    /// True when a head was read and there may be more to do.
    private mutating func readResponseHead(_ environment: inout LoopEnvironment) -> Bool {
        // A head that comes octet by octet is read anew only when a line has ended.
        let isNews = responseSearched == 0 || upstreamEnded || upstreamInput.count >= environment.limits.bytes
        guard isNews || upstreamInput.readable.hasLineFeed(from: responseSearched) else { return false }
        responseSearched = upstreamInput.count
        var status = StatusLine()
        switch responseParser.parse(upstreamInput.readable, into: &environment.table, line: &status) {
        case .incomplete:
            if upstreamEnded { fail(.upstreamBroken, &environment) }
            return false
        case .failed:
            fail(.upstreamBroken, &environment)
            return false
        case .complete(let length):
            if status.status < 200 { return passInterim(status, length: length, &environment) }
            return passHead(status, length: length, &environment)
        }
    }

    /// 1xx: 100 is ours to give and was given; 101 was never asked for; others go to clients that know them.
    private mutating func passInterim(
        _ status: StatusLine, length: Int, _ environment: inout LoopEnvironment
    ) -> Bool {
        interimResponses += 1
        guard status.status != 101, interimResponses <= Self.maxInterimResponses else {
            fail(.upstreamBroken, &environment)
            return false
        }
        if status.status != 100, line.minorVersion == 1 {
            writeHead(status, length: length, framing: .none, &environment) { head, output in
                head.copyForwardableFields(into: &output)
                output.append("\r\n" as StaticString)
            }
        }
        upstreamInput.consume(length)
        responseSearched = 0
        return true
    }

    /// Writes the status line, then what `fields` writes.
    private mutating func writeHead(
        _ status: StatusLine, length: Int, framing: BodyFraming, _ environment: inout LoopEnvironment,
        fields: (borrowing ResponseHead, inout OutputBuffer) -> Void
    ) {
        // Moved out while the head, a view into this value, is in use.
        var target = OutputBuffer(limit: 0)
        swap(&target, &output)
        target.prepare(from: &environment.pool)
        writeHead(status, length: length, framing: framing, environment, into: &target, fields: fields)
        swap(&target, &output)
    }

    private func writeHead(
        _ status: StatusLine, length: Int, framing: BodyFraming, _ environment: borrowing LoopEnvironment,
        into target: inout OutputBuffer, fields: (borrowing ResponseHead, inout OutputBuffer) -> Void
    ) {
        let head = ResponseHead(
            bytes: upstreamInput.readable.extracting(first: length), entries: environment.table.entries.span,
            status: status.status, minorVersion: status.minorVersion, framing: framing)
        target.append("HTTP/1.1 " as StaticString)
        target.append(head.bytes.extracting(status.textRange.range))
        if status.textRange.count == 3 { target.append(Octet.space) }
        target.append("\r\n" as StaticString)
        fields(head, &target)
    }

    private func ask(
        _ status: StatusLine, length: Int, framing: BodyFraming, _ environment: borrowing LoopEnvironment
    ) -> ResponseDecision {
        let head = ResponseHead(
            bytes: upstreamInput.readable.extracting(first: length), entries: environment.table.entries.span,
            status: status.status, minorVersion: status.minorVersion, framing: framing)
        return environment.handler.responseHead(head, exchange: id)
    }

    private mutating func passHead(_ status: StatusLine, length: Int, _ environment: inout LoopEnvironment) -> Bool {
        let facts = environment.table.facts
        let framing = BodyFraming.ofResponse(facts, status: status.status, toHead: line.method == .head)
        outcome.respondedAt = environment.now.nanoseconds
        switch ask(status, length: length, framing: framing, environment) {
        case .reset:
            cut(.aborted, &environment)
            return false
        case .replace(let answer):
            drop = false
            respond(answer, &environment)
            return false
        case .forward(let filters):
            let hasBody = framing != .none && framing != .length(0)
            let chain = hasBody ? FilterChain(filters, limit: environment.pool.size) : nil
            if !request.isDone || environment.isDraining { persists = false }
            let sent = clientFraming(framing, isFiltered: chain != nil)
            if sent == .untilClose { persists = false }
            response = BodyPipe(framing: framing, isChunked: sent == .chunked, filters: chain)
            let handler = environment.handler
            let id = self.id
            writeHead(status, length: length, framing: framing, &environment) { head, output in
                handler.writeResponseFields(head, exchange: id, into: &output)
            }
            writeFraming(sent, declared: status.status == 204 ? nil : facts.contentLength)
        }
        upstreamInput.consume(length)
        outcome.status = status.status
        upstreamPersists =
            !facts.closes && (status.minorVersion == 1 || facts.keepsAlive) && framing != .untilClose
            && !facts.framesNoContent(status: status.status)
        responseState = .flowing
        if output.overflowed { cut(.upstreamDied, &environment) }
        return true
    }

    private func clientFraming(_ framing: BodyFraming, isFiltered: Bool) -> BodyFraming {
        switch framing {
        case .none: return .none
        case .length where !isFiltered: return framing
        default: return line.minorVersion == 1 ? .chunked : .untilClose
        }
    }

    /// `declared`: the length that a response without content speaks of (HEAD, 304).
    private mutating func writeFraming(_ framing: BodyFraming, declared: Int64?) {
        var length: Int64?
        switch framing {
        case .none: length = declared
        case .length(let exact): length = exact
        case .chunked: output.append("Transfer-Encoding: chunked\r\n" as StaticString)
        case .untilClose: break
        }
        if let length {
            output.append("Content-Length: " as StaticString)
            output.append(decimal: length)
            output.append("\r\n" as StaticString)
        }
        writeConnection()
        output.append("\r\n" as StaticString)
    }

    private mutating func writeConnection() {
        if !persists {
            output.append("Connection: close\r\n" as StaticString)
        } else if line.minorVersion == 0 {
            output.append("Connection: keep-alive\r\n" as StaticString)
        }
    }

    private mutating func finishResponse() {
        responseState = .done
        let isClean =
            upstreamInput.isEmpty && upstreamOutput.isEmpty && !upstreamEnded && !upstreamBroken && request.isDone
        drop = upstreamPersists && isClean
        phase = .ending
    }

    /// The exchange failed: the handler's answer if none was begun, a reset otherwise.
    mutating func fail(_ failure: ExchangeFailure, _ environment: inout LoopEnvironment) {
        outcome.failure = failure
        if phase == .flowing || phase == .asked { drop = false }
        if phase == .parked {
            environment.parked -= 1
            parking &+= 1
            phase = .idle
        }
        guard responseState == .awaited else { return cut(.aborted, &environment) }
        guard let answer = environment.handler.failure(failure, exchange: id) else {
            return cut(.aborted, &environment)
        }
        respond(answer, &environment)
    }

    /// Writes a complete answer.
    mutating func respond(_ answer: ImmediateResponse, _ environment: inout LoopEnvironment) {
        responseState = .done
        outcome.status = answer.status
        if answer.closesConnection || environment.isDraining { persists = false }
        upstreamOutput.forgetConsumed()
        upstreamOutput.clear(to: &environment.pool)
        if headLength > 0 {
            input.consume(headLength)
            headLength = 0
        }
        if !request.inputDone {
            // A short rest is read and dropped; a client that waits for 100 may never send it.
            let rest = request.remainingLength ?? .max
            discardsRest = persists && !expectsContinue && rest <= Int64(environment.pool.size)
            if !discardsRest { persists = false }
        }
        output.prepare(from: &environment.pool)
        output.append("HTTP/1.1 " as StaticString)
        output.append(decimal: Int64(answer.status))
        output.append(Octet.space)
        output.append(ReasonPhrase.text(answer.status))
        output.append("\r\nDate: " as StaticString)
        output.append(environment.date.value(unixMilliseconds: environment.now.unixMilliseconds))
        output.append("\r\n" as StaticString)
        for field in answer.fields { write(field) }
        let hasContent = answer.status >= 200 && answer.status != 204 && answer.status != 304
        writeFraming(hasContent ? .length(Int64(answer.body.count)) : .none, declared: nil)
        if hasContent, line.method != .head { output.append(answer.body) }
        phase = .ending
        deadline = environment.deadline(inNanoseconds: environment.clientIdleNanoseconds)
        if output.overflowed { cut(.aborted, &environment) }
    }

    private mutating func write(_ field: ResponseField) {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(Octet.isToken),
            field.value.utf8.allSatisfy(Octet.isFieldValue)
        else { return }
        output.append(utf8: field.name)
        output.append(": " as StaticString)
        output.append(utf8: field.value)
        output.append("\r\n" as StaticString)
    }
}
