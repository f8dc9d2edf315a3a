package import KeyManagement
import Synchronization

/// Makes the calls to one device: repeats what failed for now, with growing pauses drawn by chance, and makes none for a
/// while when the device has failed again and again.
///
/// A call of a provider may be repeated, unless it says otherwise: wrapping twice gives two ciphertexts of which one is used,
/// and nothing at the device changes.
package final class DeviceCalls: Sendable {
    /// How often and how long.
    package struct Limits: Sendable {
        /// Attempts of one call.
        package var attempts = 4
        /// The pause before the second attempt is drawn from zero to this, and twice as much before each further one.
        package var pause = Duration.milliseconds(100)
        /// The longest pause.
        package var longestPause = Duration.seconds(2)
        /// Calls under way at once, their pauses included; beyond it a call is refused. Whoever asks has bounds of his own:
        /// this one keeps all of them together from piling up before a device that has become slow.
        package var atOnce = 256

        package init() {}
    }

    private struct State {
        var breaker = CircuitBreaker()
        var statistics = ProviderStatistics()
        var underWay = 0
    }

    private let place: String
    private let limits: Limits
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameter place: what messages call the device.
    package init(to place: String, limits: Limits = Limits()) {
        self.place = place
        self.limits = limits
    }

    package var statistics: ProviderStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.isAvailable = state.breaker.isClosed
            return statistics
        }
    }

    /// Makes a call, and answers or throws what the last attempt did.
    ///
    /// - Parameter isRepeatable: false for what must not be done twice when it is not known whether it was done once: it is
    ///   repeated only when the device said that it has too much to do.
    /// - Throws: what the call throws; `provider-unreachable` at once while the device rests, `provider-throttled` when too
    ///   many calls are under way.
    package func call<Answer: Sendable>(
        isRepeatable: Bool = true, _ body: @Sendable () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        try begin()
        defer { state.withLock { $0.underWay -= 1 } }
        var attempt = 1
        while true {
            guard state.withLock({ $0.breaker.admits(at: now) }) else {
                state.withLock { $0.statistics.refused += 1 }
                throw ProviderError(
                    .unreachable, "\(place) has failed again and again; the next attempt is some seconds from now")
            }
            do throws(ProviderError) {
                let answer = try await body()
                state.withLock { state in
                    state.breaker.noteAnswer()
                    state.statistics.answered += 1
                }
                return answer
            } catch {
                note(error)
                guard error.code == .throttled || error.isTransient && isRepeatable, attempt < limits.attempts,
                    await rest(before: attempt + 1)
                else {
                    state.withLock { $0.statistics.failed += 1 }
                    throw error
                }
                state.withLock { $0.statistics.retried += 1 }
                attempt += 1
            }
        }
    }

    private func begin() throws(ProviderError) {
        let isAdmitted = state.withLock { state in
            guard state.underWay < limits.atOnce else {
                state.statistics.refused += 1
                return false
            }
            state.underWay += 1
            return true
        }
        guard isAdmitted else {
            throw ProviderError(.throttled, "\(limits.atOnce) calls to \(place) are under way already")
        }
    }

    private func note(_ error: ProviderError) {
        state.withLock { state in
            // A device that says no, or not so fast, is there.
            if error.code == .unreachable { state.breaker.noteFailure(at: now) } else { state.breaker.noteAnswer() }
        }
    }

    /// False when the caller gave up.
    private func rest(before attempt: Int) async -> Bool {
        var longest = limits.pause
        for _ in 2..<max(attempt, 2) where longest < limits.longestPause { longest = longest * 2 }
        let pause = min(longest, limits.longestPause) * Double.random(in: 0...1)
        do { try await Task.sleep(for: pause) } catch { return false }
        return true
    }

    /// Monotonic milliseconds.
    private var now: Int64 {
        let passed = (ContinuousClock.now - start).components
        return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
    }
}
