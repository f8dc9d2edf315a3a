package import Logging
import Synchronization

/// A log kept as text, one line for each entry: level, message, metadata by name.
package final class CapturedLog: Sendable {
    private let entries = Mutex<[String]>([])

    package init() {}

    package var lines: [String] { entries.withLock { $0 } }

    package var text: String { lines.joined(separator: "\n") }

    /// Writes here, whatever the level.
    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let pairs = all.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            log.entries.withLock { $0.append("\(event.level) \(event.message) \(pairs)") }
        }
    }
}
