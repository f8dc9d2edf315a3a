import JOSE

/// The tokens that one loop has verified, by digest, API and the revision of its policy.
///
/// What is kept are facts that can't change: whether they still suffice is asked again on every hit (``TokenGuard``).
/// Failures are not kept, so a stranger without valid tokens can't push anything out. Bounded in entries and in octets.
///
/// A key has eight places, a set, and the oldest used of them makes room: a look-up reads one set, an insertion writes
/// one, and nothing ever grows or is rehashed while requests wait.
struct TokenCache {
    /// What a verified token is found by.
    struct Key: BitwiseCopyable, Hashable {
        var digest: TokenDigest
        /// ``CompiledAPI/policyID``: never used twice, so a changed policy finds nothing of the old one.
        var policyID: UInt64
    }

    private static let ways = 8

    private let mask: Int
    private let maximumBytes: Int
    private var keys: [Key]
    private var tokens: [VerifiedToken?]
    private var usedAt: [UInt64]
    private var checkedEpochs: [UInt64]
    /// One for each upstream that the token went to with `forward: jwt`; as many as the API has at most.
    private var forwards: [[ForwardToken]]
    /// What each place holds, in octets.
    private var costs: [Int]
    private var tick: UInt64 = 0
    private var hand = 0
    /// Octets that the kept tokens hold.
    private(set) var bytes = 0
    private(set) var count = 0

    /// - Parameters:
    ///   - entries: the most tokens kept, rounded down to eight times a power of two; below eight, none are.
    ///   - bytes: the most octets that they hold together.
    init(entries: Int, bytes: Int) {
        var sets = 1
        while sets * 2 * Self.ways <= entries { sets *= 2 }
        mask = sets - 1
        maximumBytes = entries < Self.ways ? 0 : bytes
        let empty = Key(digest: TokenDigest(words: .zero), policyID: 0)
        keys = Array(repeating: empty, count: sets * Self.ways)
        tokens = Array(repeating: nil, count: sets * Self.ways)
        usedAt = Array(repeating: 0, count: sets * Self.ways)
        checkedEpochs = Array(repeating: 0, count: sets * Self.ways)
        forwards = Array(repeating: [], count: sets * Self.ways)
        costs = Array(repeating: 0, count: sets * Self.ways)
    }

    var capacity: Int { keys.count }

    /// The place of a token; valid until the next insertion.
    mutating func find(_ key: Key) -> Int? {
        let base = base(of: key)
        for slot in base..<base &+ Self.ways where keys[slot] == key && tokens[slot] != nil {
            tick &+= 1
            usedAt[slot] = tick
            return slot
        }
        return nil
    }

    func token(at slot: Int) -> VerifiedToken? { tokens[slot] }

    /// The epoch of the snapshot against which the token at this place was last found to stand.
    func checkedEpoch(at slot: Int) -> UInt64 { checkedEpochs[slot] }

    mutating func setCheckedEpoch(_ epoch: UInt64, at slot: Int) { checkedEpochs[slot] = epoch }

    /// Keeps a token that was just verified against the snapshot of this epoch.
    ///
    /// - Parameter now: Unix seconds; places of expired tokens are taken first.
    /// - Returns: its place; nil when it is too large to be kept.
    @discardableResult
    mutating func insert(_ token: VerifiedToken, for key: Key, epoch: UInt64, now: Int64) -> Int? {
        guard token.cost <= maximumBytes else { return nil }
        let slot = place(for: key, now: now)
        remove(at: slot)
        tick &+= 1
        keys[slot] = key
        tokens[slot] = token
        usedAt[slot] = tick
        checkedEpochs[slot] = epoch
        costs[slot] = token.cost
        bytes += token.cost
        count += 1
        shrink(keeping: slot)
        return slot
    }

    mutating func remove(at slot: Int) {
        guard tokens[slot] != nil else { return }
        bytes -= costs[slot]
        count -= 1
        tokens[slot] = nil
        costs[slot] = 0
        forwards[slot] = []
    }

    /// The token that the upstream can be sent for the one at this place.
    func forward(at slot: Int, to upstream: CompiledUpstream, key: SigningKey, now: Int64) -> ForwardToken? {
        forwards[slot].first { $0.serves(upstream, key: key, now: now) }
    }

    /// Keeps a token for an upstream beside the one at this place, instead of the one before it.
    mutating func keep(_ forward: ForwardToken, at slot: Int) {
        guard tokens[slot] != nil else { return }
        let old = forwards[slot].firstIndex { $0.audience == forward.audience }
        let growth = forward.cost - (old.map { forwards[slot][$0].cost } ?? 0)
        guard costs[slot] + growth <= maximumBytes else { return }
        if let old { forwards[slot][old] = forward } else { forwards[slot].append(forward) }
        costs[slot] += growth
        bytes += growth
        shrink(keeping: slot)
    }

    private func base(of key: Key) -> Int {
        // The digest is uniform already; the policy moves the same token of another API to another set.
        Int(truncatingIfNeeded: key.digest.words[0] ^ key.policyID) & mask &* Self.ways
    }

    private func place(for key: Key, now: Int64) -> Int {
        let base = base(of: key)
        var best = base
        var bestRank = UInt64.max
        for slot in base..<base &+ Self.ways {
            guard let token = tokens[slot] else {
                if bestRank > 0 { (best, bestRank) = (slot, 0) }
                continue
            }
            if keys[slot] == key { return slot }
            let rank = token.expiresAt <= now ? 1 : usedAt[slot] &+ 2
            if rank < bestRank { (best, bestRank) = (slot, rank) }
        }
        return best
    }

    /// Empties places in turn until the octets fit.
    private mutating func shrink(keeping kept: Int) {
        var left = capacity
        while bytes > maximumBytes, left > 0 {
            left -= 1
            hand = (hand + 1) % capacity
            if hand != kept { remove(at: hand) }
        }
    }
}
