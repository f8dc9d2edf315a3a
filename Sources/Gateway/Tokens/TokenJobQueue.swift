import HTTPEngine

/// Which slow tokens wait to be opened or are being opened, and who waits for them. No threads, no clock of its own.
///
/// A token that is on its way already is not queued again: whoever brings it waits with the others. What is new takes a
/// place, of which there are a bounded number and for each client a smaller one, since all that it takes to fill places is
/// the API's public key.
struct TokenJobQueue {
    /// The bounds.
    struct Limits: Sendable, Equatable {
        /// Tokens waiting or being opened.
        var jobs: Int
        /// Those of them that one client's requests brought first.
        var jobsPerClient: Int

        /// How many requests may wait, in all or of one client, for each token that may.
        static let requestsPerJob = 4
    }

    /// Why there is no place.
    enum Fault: String, Error, Equatable, Sendable {
        case full = "token-jobs-full"
        case clientFull = "token-jobs-of-client-full"
        case waitingFull = "token-jobs-waiting-full"
        case clientWaitingFull = "token-jobs-waiting-of-client-full"
    }

    /// What became of a job.
    enum Admission: Equatable {
        /// It has a place of its own.
        case queued
        /// Its token is on its way.
        case joined
        case refused(Fault)
    }

    private struct Entry {
        let job: TokenJob
        var waiting: [(ticket: ResumeTicket, client: ClientNetwork)]
        /// After it nobody waits.
        var deadline: ContinuousClock.Instant
    }

    /// What is there of one client.
    private struct Share {
        var jobs = 0
        var waiting = 0
    }

    private let limits: Limits
    private var entries: [TokenJob.Flight: Entry] = [:]
    private var shares: [ClientNetwork: Share] = [:]
    /// Not begun yet, the oldest first, from ``head`` on.
    private var order: [TokenJob.Flight] = []
    private var head = 0
    /// Requests that wait.
    private(set) var waiting = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// Tokens waiting or being opened.
    var count: Int { entries.count }

    mutating func add(_ job: TokenJob) -> Admission {
        var share = shares[job.client] ?? Share()
        guard waiting / Limits.requestsPerJob < limits.jobs else { return .refused(.waitingFull) }
        guard share.waiting / Limits.requestsPerJob < limits.jobsPerClient else { return .refused(.clientWaitingFull) }
        let known = entries[job.flight]
        if known == nil {
            guard entries.count < limits.jobs else { return .refused(.full) }
            guard share.jobs < limits.jobsPerClient else { return .refused(.clientFull) }
            share.jobs += 1
            entries[job.flight] = Entry(job: job, waiting: [], deadline: job.deadline)
            order.append(job.flight)
        } else {
            entries[job.flight]?.deadline = max(known?.deadline ?? job.deadline, job.deadline)
        }
        entries[job.flight]?.waiting.append((job.ticket, job.client))
        share.waiting += 1
        shares[job.client] = share
        waiting += 1
        return known == nil ? .queued : .joined
    }

    /// The next token to open; those that nobody waits for any more are dropped.
    mutating func next(now: ContinuousClock.Instant) -> TokenJob? {
        while head < order.count {
            let flight = order[head]
            head += 1
            compact()
            guard let entry = entries[flight] else { continue }
            if now < entry.deadline { return entry.job }
            _ = finish(entry.job)
        }
        return nil
    }

    /// The token was opened, or could not be: its place is free again.
    ///
    /// - Returns: who waited for it.
    mutating func finish(_ job: TokenJob) -> [ResumeTicket] {
        guard let entry = entries.removeValue(forKey: job.flight) else { return [] }
        shares[entry.job.client]?.jobs -= 1
        for (_, client) in entry.waiting {
            shares[client]?.waiting -= 1
            if let share = shares[client], share.waiting == 0, share.jobs == 0 { shares[client] = nil }
        }
        waiting -= entry.waiting.count
        return entry.waiting.map(\.ticket)
    }

    /// Forgets the part of the order that was taken, from time to time.
    private mutating func compact() {
        guard head == order.count || head >= 64 && head * 2 > order.count else { return }
        order.removeFirst(head)
        head = 0
    }
}
