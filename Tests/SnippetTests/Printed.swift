import Synchronization

/// What a snippet prints, line by line.
final class Printed: Sendable {
    @TaskLocal static var current: Printed?

    private let lines = Mutex<[String]>([])

    /// Runs a snippet.
    /// - Returns: the lines that it printed.
    static func lines(of snippet: () async throws -> Void) async rethrows -> [String] {
        let printed = Printed()
        try await $current.withValue(printed) { try await snippet() }
        return printed.lines.withLock { $0 }
    }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Stands in front of the standard library's `print` for the snippets of this module.
func print(_ items: Any...) {
    Printed.current?.add(items.map { "\($0)" }.joined(separator: " "))
}
