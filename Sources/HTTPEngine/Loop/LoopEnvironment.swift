/// What a loop lends its exchanges while they advance.
struct LoopEnvironment: ~Copyable {
    let handler: any ExchangeHandler
    let context: LoopContext
    let configuration: EngineConfiguration
    let limits: HeadLimits
    var table: HeadTable
    var pool: BufferPool
    var now: LoopTime
    var date = DateField()
    var isDraining = false
    var parked = 0
    /// Of the latest exchange on this loop, whichever its connection.
    var lastGeneration: UInt32 = 0
    /// The configuration's times that every request needs, converted once.
    let keepAliveNanoseconds: Int64
    let clientIdleNanoseconds: Int64
    let poolIdleNanoseconds: Int64
    let poolAgeNanoseconds: Int64

    init(handler: any ExchangeHandler, context: LoopContext, configuration: EngineConfiguration, now: LoopTime) {
        self.handler = handler
        self.context = context
        self.configuration = configuration
        limits = HeadLimits(configuration)
        table = HeadTable(capacity: configuration.maxFields)
        pool = BufferPool(size: configuration.bufferBytes)
        self.now = now
        keepAliveNanoseconds = configuration.keepAliveTimeout.nanoseconds
        clientIdleNanoseconds = configuration.clientIdleTimeout.nanoseconds
        poolIdleNanoseconds = configuration.poolIdleTimeout.nanoseconds
        poolAgeNanoseconds = configuration.maxPoolAge.nanoseconds
    }

    /// The generation of a new exchange. One counter serves all connections: an index goes from one connection to the
    /// next, and a result meant for the first must not fit an exchange of the second. Repeats after 2³² exchanges, when
    /// no off-loop work of the earlier one is left. Never `.max`, which handlers may use for none.
    mutating func nextGeneration() -> UInt32 {
        lastGeneration &+= 1
        if lastGeneration == .max { lastGeneration = 0 }
        return lastGeneration
    }

    /// A deadline so far from now.
    func deadline(in duration: Duration) -> Int64 { deadline(inNanoseconds: duration.nanoseconds) }

    /// The same for a duration that was converted before.
    @inline(__always)
    func deadline(inNanoseconds nanoseconds: Int64) -> Int64 {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(now.nanoseconds)
        return overflow ? .max : sum
    }
}

extension Duration {
    /// Whole nanoseconds, `Int64.max` beyond 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || overflowed ? .max : sum
    }
}
