/// The entries of one kind: a large table that copies share and never change, and a small one that grows.
struct RevocationTable: Sendable {
    /// What is known of one value; times in milliseconds.
    struct Entry: Sendable {
        /// Tokens issued at or before it are refused; `.max`: all.
        var notBefore: Int64
        var expiresAt: Int64

        func merged(_ other: Entry) -> Entry {
            Entry(notBefore: max(notBefore, other.notBefore), expiresAt: max(expiresAt, other.expiresAt))
        }
    }

    /// The small table is copied with each change: at this size a copy takes some microseconds.
    static let mergeThreshold = 256

    private var settled: [String: Entry] = [:]
    private var recent: [String: Entry] = [:]

    /// Values in both tables count twice until the next merge.
    var count: Int { settled.count + recent.count }

    mutating func add(_ value: String, _ entry: Entry) {
        let merged = recent[value]?.merged(entry) ?? entry
        recent[value] = settled[value]?.merged(merged) ?? merged
        if recent.count >= max(Self.mergeThreshold, settled.count / 8) { merge() }
    }

    mutating func removeExpired(at now: Int64) {
        merge()
        guard settled.contains(where: { $0.value.expiresAt <= now }) else { return }
        settled = settled.filter { $0.value.expiresAt > now }
    }

    /// - Parameter issuedAt: Seconds. Compared by whole seconds in the safe direction: a token of the same second as the
    ///   revocation is refused.
    func hits(_ value: String, issuedAt: Int64) -> Bool {
        if recent.isEmpty && settled.isEmpty { return false }
        // A lookup hashes the text: most of the time only one of the tables has anything to look up.
        guard let entry = (recent.isEmpty ? nil : recent[value]) ?? (settled.isEmpty ? nil : settled[value]) else {
            return false
        }
        if entry.notBefore == .max { return true }
        let (milliseconds, overflow) = issuedAt.multipliedReportingOverflow(by: 1000)
        return overflow ? issuedAt < 0 : milliseconds <= entry.notBefore
    }

    private mutating func merge() {
        guard !recent.isEmpty else { return }
        settled.merge(recent) { _, new in new }
        recent = [:]
    }
}
