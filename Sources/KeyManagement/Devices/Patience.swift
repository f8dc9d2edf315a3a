import Synchronization

/// Waits for work for a limited time. What takes longer goes on by itself: a task group would wait for it all the same.
enum Patience {
    private final class Once: Sendable {
        private let continuation: Mutex<CheckedContinuation<Void, Never>?>

        init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = Mutex(continuation) }

        func resume() {
            let waiting = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            waiting?.resume()
        }
    }

    static func wait(_ longest: Duration, for work: @escaping @Sendable () async -> Void) async {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            Task {
                await work()
                once.resume()
            }
            Task {
                try? await Task.sleep(for: longest)
                once.resume()
            }
        }
    }
}
