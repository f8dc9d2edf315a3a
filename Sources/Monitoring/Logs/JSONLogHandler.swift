package import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A swift-log handler that writes one JSON object per line to standard error.
///
/// Members: `time` (RFC 3339, UTC, milliseconds), `level`, `logger`, `message`, then the metadata in order of names.
/// A value is cut at ``maximumValue`` octets, so that none can flood the log.
package struct JSONLogHandler: LogHandler {
    /// The most octets of one metadata value that are written.
    package static let maximumValue = 2048
    /// Where lines go; tests give their own.
    package typealias Sink = @Sendable (String) -> Void

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let sink: Sink
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - now: Unix time in milliseconds.
    package init(
        label: String, level: Logger.Level = .info, sink: @escaping Sink = JSONLogHandler.standardError,
        now: @escaping @Sendable () -> Int64 = JSONLogHandler.systemMilliseconds
    ) {
        self.label = label
        self.logLevel = level
        self.sink = sink
        self.now = now
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members: [(String, Logger.MetadataValue)] = []
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for name in merged.keys.sorted() {
            if let value = merged[name] { members.append((name, value)) }
        }
        if let error = event.error { members.append(("error", "\(error)")) }
        var line = LogLine()
        line.open()
        line.member("time", UTCTime.text(milliseconds: now()))
        line.member("level", event.level.rawValue)
        line.member("logger", label)
        line.member("message", event.message.description)
        for (name, value) in members { line.member(name, value) }
        line.close()
        sink(line.text)
    }

    /// Writes a line to standard error in one call, so that lines of several threads don't mix.
    package static let standardError: Sink = { line in
        var line = line
        line.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                // The base address is non-nil: a line ends in a line break, so it is never empty.
                guard let base = bytes.baseAddress else { return }
                let count = unsafe write(2, base + written, bytes.count - written)
                if count < 0, errno != EINTR { return }
                written += max(0, count)
            }
        }
    }

    /// The machine's clock.
    package static let systemMilliseconds: @Sendable () -> Int64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}
