/// One client connection and the exchange on it: every rule of HTTP/1.1 proxying and no socket.
///
/// The owner moves octets between the buffers and the sockets, tells what happened to these, and calls `advance` until
/// it answers `.wait`. Everything that can go wrong arrives as an event here and leaves as an action, so that the whole
/// life of a connection runs in a test without a kernel.
struct Exchange: ~Copyable {
    /// What the owner must do.
    enum Action: Hashable {
        /// Send what is in the outputs, receive what `wantsClientInput` and `wantsUpstreamInput` ask for.
        case wait
        /// Get a connection, then call `upstreamOpened`, `upstreamFailed`, or (later) one of them.
        case openUpstream(UpstreamID, fresh: Bool)
        /// The upstream connection isn't needed any more; `reusable` ones go to the pool.
        case dropUpstream(reusable: Bool)
        /// Shut down the writing side, go on receiving.
        case linger
        case close
        case reset
    }

    enum Phase: Hashable {
        /// Waiting for a request head.
        case idle
        /// The handler does off-loop work.
        case parked
        /// An upstream connection is wanted; `asked` once the owner knows.
        case opening
        case asked
        /// Connected: content moves.
        case flowing
        /// The response is complete in the output; it is sent, and a short rest of the request dropped.
        case ending
        /// The answer is sent; what the client still sends is dropped so that it can read it.
        case lingering
        case closed
    }

    enum ResponseState: Hashable { case awaited, flowing, done }

    var phase = Phase.idle
    let index: Int
    /// From the loop's counter, so that a later connection at this index never repeats it.
    private(set) var generation: UInt32 = 0
    let peer: PeerAddress

    var input = InputBuffer()
    var output: OutputBuffer
    var upstreamInput = InputBuffer()
    var upstreamOutput: OutputBuffer

    var parser: RequestParser
    let responseParser: ResponseParser
    var line = RequestLine()
    var headLength = 0

    var request = BodyPipe(framing: .none, isChunked: false)
    var response = BodyPipe(framing: .none, isChunked: false)
    var responseState = ResponseState.awaited
    var interimResponses = 0
    /// Octets of an incomplete response head that were read before.
    var responseSearched = 0

    var timeouts = ExchangeTimeouts()
    var outcome = ExchangeOutcome(ending: .completed, status: 0)
    var isOpen = false
    var parking: UInt32 = 0

    var clientEnded = false
    var upstreamEnded = false
    /// It takes no more octets.
    var upstreamBroken = false
    /// It ended by an error: no orderly end even for a body that ends with the connection.
    var upstreamReset = false
    var upstreamReused = false
    var expectsContinue = false
    var persists = true
    var upstreamPersists = false
    var drop: Bool?
    var wantsReset = false
    var discardsRest = false
    var dropsInput = false
    /// Octets or an end of file wait in the client's socket, as far as the owner knows.
    var inputWaits = false
    /// Of a lingering connection: when it ends at the latest, and how many octets it may still take.
    private var lingerEnds = Int64.max
    private var lingerRest = 0

    /// When `timedOut` is due, in monotonic nanoseconds.
    var deadline: Int64

    init(index: Int, peer: PeerAddress, environment: borrowing LoopEnvironment) {
        self.index = index
        self.peer = peer
        let configuration = environment.configuration
        let limit = configuration.maxHeadBytes + configuration.maxAddedHeadBytes + 2 * environment.pool.size
        output = OutputBuffer(limit: limit)
        upstreamOutput = OutputBuffer(limit: limit)
        parser = RequestParser(limits: environment.limits)
        responseParser = ResponseParser(limits: environment.limits)
        deadline = environment.deadline(in: configuration.headTimeout)
    }

    var id: ExchangeID { ExchangeID(index: index, generation: generation) }

    /// Whether octets from the client can be taken now.
    var wantsClientInput: Bool {
        switch phase {
        case .idle: !input.isFull && !clientEnded
        case .opening, .asked, .flowing: !request.inputDone && !input.isFull && !clientEnded
        case .ending: discardsRest && !request.inputDone && !clientEnded
        case .lingering: !clientEnded
        case .parked, .closed: false
        }
    }

    /// Whether octets from the upstream can be taken now.
    var wantsUpstreamInput: Bool { phase == .flowing && !upstreamEnded && !upstreamInput.isFull }

    /// Does everything that can be done without the owner, then says what it must do.
    mutating func advance(_ environment: inout LoopEnvironment) -> Action {
        while true {
            if let reusable = drop {
                drop = nil
                forgetUpstream(&environment)
                return .dropUpstream(reusable: reusable)
            }
            if wantsReset { return finishConnection(.reset, &environment) }
            switch phase {
            case .idle:
                if let action = readHead(&environment) { return action }
            case .parked, .asked, .closed: return .wait
            case .opening:
                phase = .asked
                if let upstream = outcome.upstream { return .openUpstream(upstream, fresh: outcome.attempts > 0) }
                fail(.upstreamUnreachable, &environment)
            case .flowing:
                moveRequest(&environment)
                if phase == .flowing, drop == nil, !wantsReset { moveResponse(&environment) }
                if phase == .flowing, drop == nil, !wantsReset { return .wait }
            case .ending:
                if let action = end(&environment) { return action }
            case .lingering:
                dropLingering(&environment)
                return clientEnded || lingerRest < 0 ? finishConnection(.close, &environment) : .wait
            }
        }
    }

    /// A new exchange begins: its head is complete, or failed to become so.
    mutating func begin(_ environment: inout LoopEnvironment) {
        generation = environment.nextGeneration()
        isOpen = true
        outcome = ExchangeOutcome(ending: .completed, status: 0)
        outcome.startedAt = environment.now.nanoseconds
        responseState = .awaited
        interimResponses = 0
        responseSearched = 0
        request = BodyPipe(framing: .none, isChunked: false)
        response = request
        expectsContinue = false
        discardsRest = false
        upstreamPersists = false
    }

    /// Tells the handler that the exchange is over.
    mutating func close(_ ending: ExchangeOutcome.Ending, _ environment: inout LoopEnvironment) {
        guard isOpen else { return }
        isOpen = false
        if phase == .parked { environment.parked -= 1 }
        outcome.ending = ending
        outcome.endedAt = environment.now.nanoseconds
        outcome.requestBodyBytes = request.bytes
        outcome.responseBodyBytes = response.bytes
        environment.handler.exchangeEnded(outcome, exchange: id)
    }

    /// Cuts the exchange: the client must not take what it got for a complete response.
    mutating func cut(_ ending: ExchangeOutcome.Ending, _ environment: inout LoopEnvironment) {
        close(ending, &environment)
        if phase == .flowing || phase == .asked { drop = false }
        output.clear(to: &environment.pool)
        wantsReset = true
    }

    private mutating func finishConnection(_ action: Action, _ environment: inout LoopEnvironment) -> Action {
        close(.clientGone, &environment)
        phase = .closed
        wantsReset = false
        deadline = .max
        input.clear(to: &environment.pool)
        output.clear(to: &environment.pool)
        return action
    }

    private mutating func forgetUpstream(_ environment: inout LoopEnvironment) {
        upstreamInput.clear(to: &environment.pool)
        if !upstreamOutput.keepsConsumed { upstreamOutput.clear(to: &environment.pool) }
        upstreamEnded = false
        upstreamBroken = false
        upstreamReset = false
    }

    /// The end of an exchange: the response is flushed, a short rest of the request dropped.
    private mutating func end(_ environment: inout LoopEnvironment) -> Action? {
        if discardsRest, !request.inputDone {
            switch request.discard(from: &input, ended: clientEnded) {
            case .done: break
            case .waiting:
                input.recycle(to: &environment.pool)
                if output.isEmpty { output.recycle(to: &environment.pool) }
                return .wait
            default:
                discardsRest = false
                persists = false
            }
        }
        guard output.isEmpty else { return .wait }
        output.recycle(to: &environment.pool)
        close(.completed, &environment)
        if persists, !environment.isDraining {
            phase = .idle
            deadline = environment.deadline(inNanoseconds: environment.keepAliveNanoseconds)
            input.recycle(to: &environment.pool)
            return nil
        }
        // Closing with octets unread would reset the connection and could take the answer with it.
        guard !request.inputDone || !input.isEmpty || dropsInput || inputWaits, !clientEnded else {
            return finishConnection(.close, &environment)
        }
        phase = .lingering
        lingerEnds = environment.deadline(in: environment.configuration.maxLinger)
        lingerRest = environment.configuration.maxLingerBytes
        deadline = environment.deadline(in: environment.configuration.lingerTimeout)
        dropLingering(&environment)
        return .linger
    }

    /// Drops what the client still sends. It may have been sending when the answer came, and reads it only afterwards:
    /// its octets prolong the time, up to the bounds, and not while the loop drains.
    private mutating func dropLingering(_ environment: inout LoopEnvironment) {
        guard !input.isEmpty else { return }
        lingerRest -= input.count
        input.clear(to: &environment.pool)
        guard !environment.isDraining else { return }
        deadline = min(lingerEnds, environment.deadline(in: environment.configuration.lingerTimeout))
    }

    /// The first octets of a head, then the head.
    private mutating func readHead(_ environment: inout LoopEnvironment) -> Action? {
        skipEmptyLines()
        guard !input.isEmpty, !isHalfEmptyLine else {
            input.recycle(to: &environment.pool)
            return clientEnded || environment.isDraining ? finishConnection(.close, &environment) : .wait
        }
        let before = headLength
        var parser = self.parser
        let progress = parse(&parser, &environment)
        self.parser = parser
        switch progress {
        case .incomplete:
            // One deadline for the whole head, however slowly its octets come.
            if before == 0 { deadline = environment.deadline(in: environment.configuration.headTimeout) }
            headLength = -1
            return clientEnded ? finishConnection(.close, &environment) : .wait
        case .failed(let failure):
            headLength = 0
            refuseHead(failure, &environment)
        case .complete(let length):
            headLength = length
            begin(&environment)
            decide(&environment)
        }
        return nil
    }

    /// A head that can't be served; nothing behind it can be trusted to be a request.
    mutating func refuseHead(_ failure: ExchangeFailure, _ environment: inout LoopEnvironment) {
        begin(&environment)
        line = RequestLine()
        persists = false
        dropsInput = true
        fail(failure, &environment)
    }

    /// Reads the head at the start of `input` into the table and `line`.
    mutating func parse(_ parser: inout RequestParser, _ environment: inout LoopEnvironment) -> HeadProgress {
        var line = RequestLine()
        let progress = parser.parse(input.readable, into: &environment.table, line: &line)
        self.line = line
        return progress
    }

    /// The first octet of what may become an empty line.
    private var isHalfEmptyLine: Bool {
        headLength == 0 && input.count == 1 && input.readable[0] == Octet.carriageReturn
    }

    /// RFC 9112 section 2.2: an empty line before a request is skipped.
    private mutating func skipEmptyLines() {
        while headLength == 0, input.count >= 2, input.readable[0] == Octet.carriageReturn,
            input.readable[1] == Octet.lineFeed
        {
            input.consume(2)
        }
    }
}
