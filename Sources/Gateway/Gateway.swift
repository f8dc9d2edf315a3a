package import HTTPEngine
package import KeyManagement
package import Logging
package import Monitoring
package import Resources
package import Store
import Synchronization

/// The data path's judgement: routes, token guard, forwarding, and the snapshot that they read.
///
/// `start()` reads the stores and follows their changes; `makeEngine` makes the engine whose handlers judge by it.
package final class Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let database: any Database
    private let usage: UsageRecorder
    private let directory: UpstreamDirectory
    private let cell = SnapshotCell(.empty)
    private let builder: SnapshotBuilder
    private let jobs: TokenWorkplaces
    private let sweep: Sweep

    /// The engine to wake when a snapshot is published; it is made after the builder.
    private final class Sweep: Sendable {
        let engine = Mutex<Engine?>(nil)

        func request() { engine.withLock { $0 }?.requestSweep() }
    }

    /// - Parameters:
    ///   - usage: made for as many loops as the engine will have.
    package init(
        configuration: GatewayConfiguration, database: any Database, resources: ResourceStore, keys: KeyStore,
        revocations: RevocationStore, usage: UsageRecorder, logger: Logger
    ) {
        let sweep = Sweep()
        let directory = UpstreamDirectory()
        self.configuration = configuration
        self.database = database
        self.usage = usage
        self.directory = directory
        self.sweep = sweep
        jobs = TokenWorkplaces(configuration)
        builder = SnapshotBuilder(
            cell: cell, resources: resources, keys: keys, revocations: revocations,
            parts: SnapshotParts(
                configuration: configuration, directory: directory, names: usage.names, logger: logger),
            logger: logger, published: { sweep.request() })
    }

    /// Reads the stores and follows their changes from then on. Register it before the authorization server, so that
    /// a new key is known here before a token is made with it.
    package func start() async throws {
        let builder = builder
        // First follow, then read: a change in between is at worst read twice.
        await database.observeChanges { change in await builder.rebuild(change.topics) }
        try await builder.start()
    }

    /// Whether a token that is made like this would be opened by what is loaded now. A loop takes the newest snapshot
    /// before it reads a request, so what holds here holds for every request that comes later.
    package func opens(_ recipe: TokenRecipe) -> Bool {
        cell.current.apis.first { $0.name == recipe.api }?.standing.opens(recipe) ?? false
    }

    /// An engine with this gateway behind it, one loop per listener; not yet started.
    package func makeEngine(configuration: EngineConfiguration, listeners: [Int32]) -> Engine {
        let engine = Engine(
            configuration: configuration, upstreams: directory, listeners: listeners,
            makeHandler: { [self] loop in makeHandler(loop) })
        sweep.engine.withLock { $0 = engine }
        return engine
    }

    /// The handler of one loop.
    package func makeHandler(_ loop: LoopContext) -> any ExchangeHandler {
        GatewayHandler(
            GatewayLoop(
                configuration: configuration, cell: cell, jobs: jobs, usage: usage, loop: loop.index,
                maxConnections: loop.maxConnections))
    }

    /// Lets go of the engine and ends what still runs.
    package func stop() async {
        sweep.engine.withLock { $0 = nil }
        await builder.stop()
    }

    /// Whether every committed change is in force. While one could not be read, guarded routes are closed.
    package var isReady: Bool { !cell.current.isStale }

    /// Registers the gateway's own gauges.
    package func register(in metrics: MetricsRegistry) {
        let cell = cell
        let jobs = jobs
        metrics.gauge("signet_gateway_snapshot_epoch", help: "Snapshots published since start.") {
            Int64(clamping: cell.epoch)
        }
        metrics.gauge("signet_gateway_snapshot_stale", help: "1 while a change could not be read.") {
            cell.current.isStale ? 1 : 0
        }
        metrics.gauge("signet_gateway_routes", help: "Routes in force.") { Int64(cell.current.routes.count) }
        metrics.gauge("signet_gateway_token_jobs", help: "Slow tokens being opened or waiting.") {
            Int64(jobs.threads.waiting)
        }
        metrics.gauge("signet_gateway_device_calls", help: "Tokens being opened by a device or waiting for it.") {
            Int64(jobs.device.waiting)
        }
    }
}
