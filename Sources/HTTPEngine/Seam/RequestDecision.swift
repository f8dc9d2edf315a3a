/// What a handler does with a request head.
package enum RequestDecision {
    /// Answer without an upstream.
    case respond(ImmediateResponse)
    /// Send it to an upstream.
    case forward(Forwarding)
    /// Wait for off-loop work. `start` runs at once, on the loop, with the ticket that resumes the exchange;
    /// past `deadline` (counted from now) the exchange fails with `ExchangeFailure.parkedTooLong`.
    case park(deadline: Duration, start: (ResumeTicket) -> Void)
}

/// How a request goes to its upstream.
package struct Forwarding {
    package var upstream: UpstreamID
    package var timeouts: ExchangeTimeouts
    /// Octets of request content, after transfer decoding, beyond which the exchange fails with `.bodyTooLarge`.
    package var maxBodyBytes: Int64
    /// Applied to the request's content in order; empty is the fast path.
    package var requestFilters: [any BodyFilter]

    package init(
        upstream: UpstreamID, timeouts: ExchangeTimeouts = ExchangeTimeouts(), maxBodyBytes: Int64 = .max,
        requestFilters: [any BodyFilter] = []
    ) {
        self.upstream = upstream
        self.timeouts = timeouts
        self.maxBodyBytes = maxBodyBytes
        self.requestFilters = requestFilters
    }
}

/// Time limits towards an upstream.
package struct ExchangeTimeouts: Hashable, Sendable {
    /// From the first try to connect (name resolution included) until connected.
    package var connect: Duration { didSet { connectNanoseconds = connect.nanoseconds } }
    /// From the request's last octet until the response head is complete.
    package var response: Duration { didSet { responseNanoseconds = response.nanoseconds } }
    /// The longest silence while content moves in either direction.
    package var idle: Duration { didSet { idleNanoseconds = idle.nanoseconds } }
    // Converted once: a `Duration` is 128 bits, and its conversions were a tenth of a request's instructions.
    private(set) var connectNanoseconds: Int64
    private(set) var responseNanoseconds: Int64
    private(set) var idleNanoseconds: Int64

    package init(
        connect: Duration = .seconds(5), response: Duration = .seconds(60), idle: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.response = response
        self.idle = idle
        connectNanoseconds = connect.nanoseconds
        responseNanoseconds = response.nanoseconds
        idleNanoseconds = idle.nanoseconds
    }
}

/// A complete answer made by the handler.
package struct ImmediateResponse: Sendable {
    package var status: Int
    /// Field lines without `Content-Length`, `Date` and `Connection`, which the engine writes. Values must hold no CR, LF or NUL;
    /// a line that does is left out.
    package var fields: [ResponseField]
    /// The content; answers beyond `EngineConfiguration.bufferBytes` are not what this is for and may be cut by a reset.
    package var body: [UInt8]
    /// Ends the connection after this answer, though the request would allow it to stay.
    package var closesConnection: Bool

    package init(status: Int, fields: [ResponseField] = [], body: [UInt8] = [], closesConnection: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closesConnection = closesConnection
    }
}

/// One field line of an `ImmediateResponse`.
package struct ResponseField: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a handler does with a response head.
package enum ResponseDecision {
    /// Pass it on, its content through `filters`; none is the fast path.
    case forward(filters: [any BodyFilter] = [])
    /// Answer this instead; the upstream's content is dropped with its connection.
    case replace(ImmediateResponse)
    /// Reset the client's connection.
    case reset
}
