package import Logging

/// Turns events into metrics and refusals into log lines, every 100 ms.
///
/// A service: ``run()`` ends when its task is cancelled, after draining once more.
package final class UsageDrain: Sendable {
    private let recorder: UsageRecorder
    private let metrics: GatewayMetrics
    private let logger: Logger
    private let interval: Duration

    package init(
        recorder: UsageRecorder, metrics: MetricsRegistry, logger: Logger, interval: Duration = .milliseconds(100)
    ) {
        self.recorder = recorder
        self.metrics = GatewayMetrics(registry: metrics, names: recorder.names)
        self.logger = logger
        self.interval = interval
        metrics.gauge("signet_usage_events_dropped", help: "Usage events lost because a ring was full.") {
            Int64(clamping: recorder.dropped)
        }
        metrics.gauge("signet_refusals_unlogged", help: "Refusals not logged because there were too many.") {
            Int64(clamping: recorder.refusals.suppressed)
        }
    }

    /// Drains until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            drainOnce()
            try? await Task.sleep(for: interval)
        }
        drainOnce()
    }

    /// Drains what is waiting now; only one caller at a time.
    package func drainOnce() {
        var batch = metrics.batch()
        recorder.drain { batch.count($0) }
        let (records, suppressed) = recorder.refusals.take()
        for record in records {
            logger.log(level: record.isFault ? .error : .info, "request refused", metadata: record.metadata)
        }
        if suppressed > 0 {
            logger.warning("refusals not logged", metadata: ["count": "\(suppressed)"])
        }
    }
}
