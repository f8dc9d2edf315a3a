/// Which upstreams of a pool are worth trying, learnt by one loop from what happened to its own requests.
///
/// An upstream that fails is skipped for a short while that doubles with each further failure; then one request may
/// try it again. When all are failing, the one whose pause ends first is tried: a wrong guess costs an error that the
/// client would get anyway.
struct UpstreamHealth {
    private struct Entry {
        var failures = 0
        /// Monotonic nanoseconds.
        var skippedUntil: Int64 = 0
    }

    private var entries: [Entry] = []
    static let firstPause: Int64 = 500_000_000
    static let longestPause: Int64 = 16_000_000_000

    /// The upstream to use: the next in turn that is not skipped.
    ///
    /// - Parameters:
    ///   - upstreams: indices of the pool's upstreams (dense numbers of the process), at least one.
    ///   - turn: where to start; the caller counts it up.
    ///   - now: monotonic nanoseconds.
    /// - Returns: a place in `upstreams`.
    mutating func choose(among upstreams: [Int], turn: Int, now: Int64) -> Int {
        guard upstreams.count > 1 else { return 0 }
        var soonest = 0
        var soonestTime = Int64.max
        for step in 0..<upstreams.count {
            let place = (turn &+ step) % upstreams.count
            let upstream = upstreams[place]
            guard upstream < entries.count, entries[upstream].failures > 0 else { return place }
            let until = entries[upstream].skippedUntil
            if until <= now {
                // This request is the trial; the others go on skipping until its end is known.
                entries[upstream].skippedUntil = now &+ pause(entries[upstream].failures)
                return place
            }
            if until < soonestTime { (soonest, soonestTime) = (place, until) }
        }
        return soonest
    }

    /// The upstream answered, whatever it said.
    mutating func succeeded(_ upstream: Int) {
        guard upstream < entries.count else { return }
        entries[upstream] = Entry()
    }

    /// No connection, no answer in time, or none that can be read.
    mutating func failed(_ upstream: Int, now: Int64) {
        // Numbers are dense and come from configuration, which bounds this.
        while entries.count <= upstream { entries.append(Entry()) }
        entries[upstream].failures = min(entries[upstream].failures + 1, 16)
        entries[upstream].skippedUntil = now &+ pause(entries[upstream].failures)
    }

    private func pause(_ failures: Int) -> Int64 {
        min(Self.longestPause, Self.firstPause << Int64(min(failures - 1, 8)))
    }
}
