/// A client's socket, what is known about its readiness, and the exchange on it.
struct ClientConnection: ~Copyable {
    var transport: Transport
    var exchange: Exchange
    let serial: UInt32
    /// The upstream connection in use, -1 for none.
    var upstream = -1
    var isReadable: Bool {
        get { exchange.inputWaits }
        set { exchange.inputWaits = newValue }
    }
    var isWritable = true
    /// An end of file follows what can be read: a short read is then not the last.
    var isHalfClosed = false
    /// In the loop's list of connections that gave way to others.
    var isQueued = false

    init(transport: consuming Transport, exchange: consuming Exchange, serial: UInt32) {
        self.transport = transport
        self.exchange = exchange
        self.serial = serial
    }

    mutating func send() -> TransferResult { transport.send(from: &exchange.output) }

    mutating func receive(from pool: inout BufferPool) -> TransferResult {
        transport.receive(into: &exchange.input, from: &pool)
    }
}

/// A socket to an upstream: being connected, in use by a client's exchange, or idle in the pool.
struct UpstreamConnection: ~Copyable {
    enum State { case connecting, used, idle }

    var transport: Transport
    var state = State.connecting
    let upstream: UpstreamID
    let serial: UInt32
    /// The client connection that uses it, -1 for none.
    var client: Int
    /// Addresses to try if this one can't be connected to.
    let alternatives: AddressWalk
    /// From when on it isn't used for another request.
    let retiresAt: Int64
    /// When it is given up while connecting or idle.
    var deadline = Int64.max
    var isReadable = false
    var isWritable = true
    var isHalfClosed = false

    init(
        transport: consuming Transport, upstream: UpstreamID, serial: UInt32, client: Int,
        alternatives: AddressWalk, retiresAt: Int64
    ) {
        self.transport = transport
        self.upstream = upstream
        self.serial = serial
        self.client = client
        self.alternatives = alternatives
        self.retiresAt = retiresAt
    }
}
