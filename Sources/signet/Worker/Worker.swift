import ControlHTTP
import Glibc
import HTTPEngine
import KeyManagement
import Logging
import Monitoring
import ServiceLifecycle
import UnixSignals

/// What serves: everything behind the listeners, in the process that may crash and be started anew.
struct Worker {
    private let order: WorkerOrder
    private let configuration: ServerConfiguration

    init(order: WorkerOrder) throws {
        self.order = order
        configuration = try ServerConfiguration(order.settings)
    }

    /// Serves until SIGTERM, lets requests under way finish, and returns.
    func run() async throws {
        // A peer that is gone is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
        let logger = Logger(label: "signet")
        logger.notice("a worker starts", metadata: startMetadata)
        try configuration.memoryLock.apply(logger: logger)
        let parts = try await ServerParts(order: order, configuration: configuration, logger: logger)
        if order.restarts > 0 {
            logger.warning("worker restarted", metadata: ["restarts": .stringConvertible(order.restarts)])
        }
        let group = ServiceGroup(configuration: groupConfiguration(parts, logger))
        do {
            try await group.run()
        } catch {
            await parts.close()
            throw error
        }
        await parts.close()
    }

    /// A start may take long when a device doesn't answer: the log says which there are.
    private var startMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["version": "\(Signet.release)"]
        if let provider = configuration.rootKeyProvider { metadata["root_key_provider"] = "\(provider.name)" }
        if let provider = configuration.keyProvider { metadata["keys_provider"] = "\(provider.name)" }
        return metadata
    }

    private var serveMetadata: Logger.Metadata {
        let place = ServerPlace(order: order, configuration: configuration)
        var metadata: Logger.Metadata = ["issuer": "\(place.issuer)"]
        for (name, listener) in order.listeners { metadata[name.rawValue] = "http://\(listener.address.text)" }
        return metadata
    }

    /// Services stop in the reverse of this order, each after the next: first no new calls, then what they need.
    private func groupConfiguration(_ parts: ServerParts, _ logger: Logger) -> ServiceGroupConfiguration {
        var services: [any Service] = [
            LoopService { try await parts.drain.run() },
            LoopService { await parts.keys.runTicks(logger: logger) },
            LoopService { await parts.upkeep.run(logger: logger) },
            LoopService { await parts.keys.runOpening(logger: logger) },
            parts.authorizationServer,
        ]
        // A service that ends by itself ends the others.
        if !parts.providers.health.isEmpty { services.append(LoopService { await parts.providers.watch() }) }
        services += parts.controlListeners
        services.append(
            EngineService(
                engine: parts.engine, deadline: .seconds(configuration.limits.drainSeconds),
                ready: {
                    // First, so that it is in the log when others learn that the service is ready.
                    logger.notice("a worker serves", metadata: serveMetadata)
                    ReadinessSignal.send(to: order.readiness)
                },
                draining: {
                    parts.readiness.beginDraining()
                    logger.notice("a worker lets calls under way finish and ends")
                }))
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(configuration.limits.drainSeconds + 5)
        return group
    }
}
