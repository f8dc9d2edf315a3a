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
        var faults = FaultsInUse()
        var underWay = 0
        /// Why the device counts as one that does not answer.
        var lastFailure: ProviderError?
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
            statistics.faultInUse = state.faults.latest(at: now)
            return statistics
        }
    }

    /// Makes a call, and answers or throws what the last attempt did.
    ///
    /// - Parameters:
    ///   - use: what is asked for, and by which key.
    ///   - isRepeatable: false for what must not be done twice when it is not known whether it was done once: it is
    ///     repeated only when the device said that it has too much to do.
    /// - Throws: what the call throws; `provider-unreachable` at once while the device rests, `provider-throttled` when too
    ///   many calls are under way.
    package func call<Answer: Sendable>(
        _ use: DeviceUse, isRepeatable: Bool = true, _ body: @Sendable () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        try begin()
        defer { state.withLock { $0.underWay -= 1 } }
        var attempt = 1
        while true {
            try admit()
            do throws(ProviderError) {
                let answer = try await body()
                state.withLock { state in
                    state.breaker.noteAnswer()
                    state.statistics.answered += 1
                    state.faults.noteSuccess(use)
                }
                return answer
            } catch {
                note(error)
                guard error.code == .throttled || error.isTransient && isRepeatable, attempt < limits.attempts,
                    await rest(before: attempt + 1)
                else {
                    noteEnd(error, of: use)
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

    private func admit() throws(ProviderError) {
        let refusal = state.withLock { state -> ProviderError? in
            guard !state.breaker.admits(at: now) else { return nil }
            state.statistics.refused += 1
            let cause = state.lastFailure.map { "; the last time: \($0.reason)" } ?? ""
            return ProviderError(
                .unreachable,
                "\(place) has failed again and again, and is asked again some seconds from now\(cause)")
        }
        if let refusal { throw refusal }
    }

    private func note(_ error: ProviderError) {
        state.withLock { state in
            switch error.code {
            case .unreachable:
                state.breaker.noteFailure(at: now)
                state.lastFailure = error
            // Too much to do says of a device neither that it works nor that it does not, and calls that wait here for
            // their turn, or settings that can't be used, have not got as far as the device.
            case .throttled, .configurationInvalid: state.breaker.noteNothing(at: now)
            // A device that says no is there.
            case .denied, .keyMissing, .keyDisabled, .refused, .notSupported, .answerBroken:
                state.breaker.noteAnswer()
            }
        }
    }

    /// What a call ended with.
    private func noteEnd(_ error: ProviderError, of use: DeviceUse) {
        state.withLock { state in
            // Whoever knows a public key can send what does not open: the device has done what it is for.
            guard error.code != .refused || use.kind != .decrypt else { return state.statistics.answered += 1 }
            state.statistics.failed += 1
            state.faults.noteFailure(error, of: use, at: now)
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
