/// An HTTP/1.1 reverse proxy on its own event loops, one thread per listener.
package final class Engine: Sendable {
    private let configuration: EngineConfiguration
    private let upstreams: UpstreamDirectory
    private let listeners: [Int32]
    private let makeHandler: @Sendable (LoopContext) -> any ExchangeHandler

    /// Takes listening, non-blocking SO_REUSEPORT descriptors, one per loop; they stay the caller's to close.
    ///
    /// `makeHandler` runs once per loop, on the loop's thread.
    package init(
        configuration: EngineConfiguration, upstreams: UpstreamDirectory, listeners: [Int32],
        makeHandler: @escaping @Sendable (LoopContext) -> any ExchangeHandler
    ) {
        self.configuration = configuration
        self.upstreams = upstreams
        self.listeners = listeners
        self.makeHandler = makeHandler
    }

    /// Starts the loops' threads.
    package func start() throws(EngineError) {}

    /// Makes every loop ask its handler's `shouldAbort` for each open exchange, soon.
    package func requestSweep() {}

    /// Stops accepting, closes idle connections, lets exchanges finish until `deadline` from now, then resets what is
    /// left and ends the loops.
    package func drain(deadline: Duration) async {}

    /// Ends the loops at once; open connections are reset.
    package func stop() async {}
}

/// Why an engine could not start.
package struct EngineError: Error, Hashable, Sendable {
    /// The system call that failed.
    package let call: String
    /// Its errno.
    package let code: Int32
}
