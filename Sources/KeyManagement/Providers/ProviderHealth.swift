package import Logging
package import Store
import Synchronization

/// Asks a key provider again and again whether it would do what it is used for, so that an outage shows before its keys are
/// needed. What can't be asked shows by use: a call that has failed for good counts until one like it succeeds.
///
/// It decides nothing. Keys that are loaded go on without their provider.
package final class ProviderHealth: Sendable {
    /// When it asks, and how long it waits for the answer.
    package struct Timing: Sendable {
        /// The pause between two questions is drawn from nine to eleven tenths of this: servers that were started together
        /// should not ask together.
        package var interval = Duration.seconds(10)
        /// A provider that has not answered by then counts as one that does not.
        package var deadline = Duration.seconds(5)

        package init() {}
    }

    /// What is known.
    package struct Report: Sendable, Hashable {
        /// Whether the latest question was answered well and its use does not fail; false before the first.
        package fileprivate(set) var isHealthy = false
        /// Why not; nil before the first question, and while it is healthy. No more than the code: the reason names
        /// addresses.
        package fileprivate(set) var fault: ProviderError.Code?
        /// When it last was.
        package fileprivate(set) var lastSuccess: Timestamp?
    }

    private let provider: any KeyProvider
    private let clock: WallClock
    private let logger: Logger
    private let timing: Timing
    private let state = Mutex(Report())

    package init(_ provider: any KeyProvider, clock: WallClock, logger: Logger, timing: Timing = Timing()) {
        self.provider = provider
        self.clock = clock
        self.logger = logger
        self.timing = timing
    }

    package var report: Report { state.withLock { $0 } }

    /// Asks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await ask()
            do { try await Task.sleep(for: timing.interval * Double.random(in: 0.9...1.1)) } catch { return }
        }
    }

    /// Asks once. A provider that is late is noted as such at the deadline, and waited for until it gives up: two
    /// questions at once would tell no more than one.
    package func ask() async {
        await withTaskGroup(of: ProviderError?.self) { [provider, timing] group in
            group.addTask {
                do throws(ProviderError) {
                    try await provider.checkHealth()
                    return provider.statistics.faultInUse
                } catch {
                    return error
                }
            }
            group.addTask {
                try? await Task.sleep(for: timing.deadline)
                return ProviderError(.unreachable, "\(provider.place) did not answer within \(timing.deadline)")
            }
            guard let first = await group.next(), !Task.isCancelled else { return group.cancelAll() }
            note(first)
            group.cancelAll()
        }
    }

    /// Logs what is new: an outage has one line when it begins, one when it changes, and one at its end.
    private func note(_ error: ProviderError?) {
        let now = clock.now()
        let before = state.withLock { report in
            let before = report
            report.isHealthy = error == nil
            report.fault = error?.code
            if error == nil { report.lastSuccess = now }
            return before
        }
        if let error {
            guard before.fault != error.code else { return }
            logger.warning(
                "the key provider does not work",
                metadata: [
                    "provider": "\(provider.kind)", "code": "\(error.code.rawValue)", "reason": "\(error.reason)",
                ])
        } else if before.fault != nil {
            logger.notice("the key provider works again", metadata: ["provider": "\(provider.kind)"])
        }
    }
}
