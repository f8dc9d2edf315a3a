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

    init(handler: any ExchangeHandler, context: LoopContext, configuration: EngineConfiguration, now: LoopTime) {
        self.handler = handler
        self.context = context
        self.configuration = configuration
        limits = HeadLimits(configuration)
        table = HeadTable(capacity: configuration.maxFields)
        pool = BufferPool(size: configuration.bufferBytes)
        self.now = now
    }

    /// A deadline so far from now.
    func deadline(in duration: Duration) -> Int64 {
        let (nanoseconds, overflow) = duration.nanoseconds.addingReportingOverflow(now.nanoseconds)
        return overflow ? .max : nanoseconds
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
