/// Waits for work for a limited time.
package enum Patience {
    /// How long a request of somebody's waits for a device in all, whatever it is that it needs of it.
    package static let ofRequests = Duration.seconds(5)

    /// What takes longer goes on by itself: a task group would wait for it all the same.
    static func wait(_ longest: Duration, for work: @escaping @Sendable () async -> Void) async {
        await result(of: Task { await work() }, within: longest, late: {})
    }

    /// What came of the work; nil when it takes longer. Then the work is cancelled, and its end not waited for. When the
    /// caller is cancelled it goes on by itself: a client that leaves says nothing of the device.
    static func result<Value: Sendable>(
        within longest: Duration, of work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let working = Task { await work() }
        return await result(of: working, within: longest, late: { working.cancel() })
    }

    /// - Parameter late: done when the time is over.
    @discardableResult
    private static func result<Value: Sendable>(
        of working: Task<Value, Never>, within longest: Duration, late: @escaping @Sendable () -> Void
    ) async -> Value? {
        let (results, first) = AsyncStream<Value?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let watch = Task { first.yield(await working.value) }
        let timer = Task {
            try await Task.sleep(for: longest)
            late()
            first.yield(nil)
        }
        defer {
            watch.cancel()
            timer.cancel()
        }
        for await result in results { return result }
        return nil
    }
}
