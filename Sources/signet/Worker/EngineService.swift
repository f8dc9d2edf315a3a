import HTTPEngine
import ServiceLifecycle

/// The gateway's engine as a service: started last and stopped first.
struct EngineService: Service {
    let engine: Engine
    /// How long exchanges may take to finish.
    let deadline: Duration
    /// Called when the loops accept connections.
    let ready: @Sendable () -> Void
    /// Called when they are about to accept no more.
    let draining: @Sendable () -> Void

    func run() async throws {
        try engine.start()
        ready()
        do {
            try await gracefulShutdown()
        } catch {
            await engine.stop()
            throw error
        }
        draining()
        await engine.drain(deadline: deadline)
    }
}
