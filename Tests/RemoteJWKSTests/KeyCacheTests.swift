import JOSE
import Testing

@testable import RemoteJWKS

@Suite("What is remembered of a remote set")
struct KeyCacheTests {
    private let start = ContinuousClock.now
    private let configuration = RemoteJWKS.Configuration()

    @Test("Without a set the first asks for a fetch, the others wait for it, and its failure is theirs")
    func firstFetchFails() throws {
        var cache = KeyCache(configuration)
        let first = cache.look(up: "a", at: start, hasWaited: false)
        #expect(isWait(first) && first.fetch == KeyCache.Fetch(etag: nil))
        let second = cache.look(up: "b", at: start, hasWaited: false)
        #expect(isWait(second) && second.fetch == nil)
        cache.end(.failure(Self.failure), at: start)
        for kid in ["a", "b"] {
            let again = cache.look(up: kid, at: start, hasWaited: true)
            #expect(code(again) == .timeout && again.fetch == nil)
        }
    }

    @Test("After failures the pauses grow up to the cooldown, and answers in between come at once")
    func backOff() throws {
        var cache = KeyCache(configuration)
        var pauses: [Int] = []
        var last = 0
        for second in 0..<300 {
            let decision = cache.look(up: "a", at: start + .seconds(second), hasWaited: false)
            guard decision.fetch != nil else {
                #expect(code(decision) == .timeout)
                continue
            }
            pauses.append(second - last)
            last = second
            cache.end(.failure(Self.failure), at: start + .seconds(second))
        }
        #expect(pauses.prefix(8) == [0, 1, 2, 4, 8, 16, 30, 30])
    }

    @Test("A fresh set answers without a fetch, and asks for one in the background in its last fifth")
    func renewalAhead() throws {
        var cache = try held(lifetime: 100)
        #expect(cache.look(up: "a", at: start + .seconds(79), hasWaited: false).fetch == nil)
        let due = cache.look(up: "a", at: start + .seconds(80), hasWaited: false)
        #expect(isKey(due) && due.fetch == KeyCache.Fetch(etag: "\"1\""))
        let next = cache.look(up: "a", at: start + .seconds(80), hasWaited: false)
        #expect(isKey(next) && next.fetch == nil)
    }

    @Test("An expired set is not used before a fetch was tried")
    func expiredSet() throws {
        var cache = try held(lifetime: 100)
        let late = start + .seconds(100)
        let decision = cache.look(up: "a", at: late, hasWaited: false)
        #expect(isWait(decision) && decision.fetch != nil)
        cache.end(.success(.set(try set("b"), etag: nil, lifetime: .seconds(100))), at: late)
        #expect(code(cache.look(up: "a", at: late, hasWaited: true)) == .keyNotFound)
        #expect(isKey(cache.look(up: "b", at: late, hasWaited: true)))
    }

    @Test("While fetches fail an expired set is used at once, and no longer than allowed")
    func staleSet() throws {
        var cache = try held(lifetime: 100)
        let late = start + .seconds(100)
        _ = cache.look(up: "a", at: late, hasWaited: false)
        cache.end(.failure(Self.failure), at: late)
        #expect(isKey(cache.look(up: "a", at: late, hasWaited: true)))
        let retry = cache.look(up: "a", at: late + .seconds(1), hasWaited: false)
        #expect(isKey(retry) && retry.fetch != nil)
        #expect(isKey(cache.look(up: "a", at: late + .seconds(1), hasWaited: false)))
        cache.end(.failure(Self.failure), at: late + .seconds(1))
        #expect(code(cache.look(up: "x", at: late + .seconds(1), hasWaited: false)) == .timeout)
        #expect(isKey(cache.look(up: "a", at: late + .seconds(3599), hasWaited: true)))
        #expect(code(cache.look(up: "a", at: late + .seconds(3600), hasWaited: true)) == .timeout)
        #expect(!cache.status(at: late + .seconds(3600)).isUsable)
    }

    @Test("An unchanged set lives on")
    func notModified() throws {
        var cache = try held(lifetime: 100)
        _ = cache.look(up: "a", at: start + .seconds(90), hasWaited: false)
        cache.end(.success(.notModified(lifetime: .seconds(100))), at: start + .seconds(90))
        let decision = cache.look(up: "a", at: start + .seconds(169), hasWaited: false)
        #expect(isKey(decision) && decision.fetch == nil)
        #expect(cache.status(at: start + .seconds(189)).isFresh)
        #expect(!cache.status(at: start + .seconds(190)).isFresh)
        #expect(cache.status(at: start).counts.notModified == 1)
    }

    @Test("Unchanged what? An answer about a set that is not held is a failure")
    func notModifiedWithoutSet() throws {
        var cache = KeyCache(configuration)
        _ = cache.look(up: "a", at: start, hasWaited: false)
        cache.end(.success(.notModified(lifetime: .seconds(100))), at: start)
        #expect(code(cache.look(up: "a", at: start, hasWaited: true)) == .statusUnexpected)
    }

    @Test("An unknown name waits for a fetch only after the cooldown, and then not again while it is remembered")
    func unknownName() throws {
        var cache = try held(lifetime: 1_000)
        #expect(code(cache.look(up: "x", at: start + .seconds(29), hasWaited: false)) == .keyNotFound)
        let now = start + .seconds(30)
        let decision = cache.look(up: "x", at: now, hasWaited: false)
        #expect(isWait(decision) && decision.fetch != nil)
        cache.end(.success(.notModified(lifetime: .seconds(1_000))), at: now)
        #expect(code(cache.look(up: "x", at: now, hasWaited: true)) == .keyNotFound)
        #expect(code(cache.look(up: "x", at: now + .seconds(119), hasWaited: false)) == .keyNotFound)
        #expect(cache.look(up: "x", at: now + .seconds(120), hasWaited: false).fetch != nil)
    }

    @Test("A name whose fetch failed is not remembered as unknown")
    func failureSaysNothing() throws {
        var cache = try held(lifetime: 1_000)
        _ = cache.look(up: "x", at: start + .seconds(30), hasWaited: false)
        cache.end(.failure(Self.failure), at: start + .seconds(30))
        #expect(code(cache.look(up: "x", at: start + .seconds(30), hasWaited: true)) == .keyNotFound)
        #expect(cache.look(up: "x", at: start + .seconds(60), hasWaited: false).fetch != nil)
    }

    @Test("A name that was unknown is found as soon as a set has it")
    func positiveComesFirst() throws {
        var cache = try held(lifetime: 1_000)
        let now = start + .seconds(30)
        _ = cache.look(up: "x", at: now, hasWaited: false)
        cache.end(.success(.notModified(lifetime: .seconds(1_000))), at: now)
        _ = cache.look(up: "x", at: now, hasWaited: true)
        _ = cache.look(up: "y", at: now + .seconds(30), hasWaited: false)
        cache.end(.success(.set(try set("x"), etag: nil, lifetime: .seconds(1_000))), at: now + .seconds(30))
        #expect(isKey(cache.look(up: "x", at: now + .seconds(30), hasWaited: false)))
    }

    @Test(
        "A name that no key can have never brings about a fetch", arguments: ["", String(repeating: "x", count: 513)])
    func impossibleName(kid: String) throws {
        var cache = try held(lifetime: 1_000)
        let decision = cache.look(up: kid, at: start + .seconds(500), hasWaited: false)
        #expect(code(decision) == .keyNotFound && decision.fetch == nil)
    }

    @Test(
        "Any sequence of events keeps to one fetch at a time, to the budget, and answers only what a set had",
        arguments: 0..<40)
    func randomWalk(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var cache = KeyCache(configuration)
        var now = start
        var isFetching = false
        var begun: [ContinuousClock.Instant] = []
        var published = ["a"]
        var seen: Set<String> = []
        for _ in 0..<2_000 {
            now += .seconds(Int(random.next() % 20))
            if isFetching, random.next() % 3 == 0 {
                isFetching = false
                switch random.next() % 3 {
                case 0: cache.end(.failure(Self.failure), at: now)
                case 1 where !seen.isEmpty: cache.end(.success(.notModified(lifetime: .seconds(60))), at: now)
                default:
                    published = random.next() % 2 == 0 ? ["a"] : ["a", "b"]
                    seen.formUnion(published)
                    cache.end(.success(.set(try set(published), etag: nil, lifetime: .seconds(60))), at: now)
                }
            }
            let kid = ["a", "b", "c", "d\(random.next() % 5)"][Int(random.next() % 4)]
            let decision = cache.look(up: kid, at: now, hasWaited: random.next() % 4 == 0)
            if decision.fetch != nil {
                #expect(!isFetching)
                isFetching = true
                begun.append(now)
            }
            if isWait(decision) { #expect(isFetching) }
            if isKey(decision) { #expect(seen.contains(kid)) }
        }
        for (first, eleventh) in zip(begun, begun.dropFirst(10)) { #expect(eleventh - first >= .seconds(60)) }
    }

    private static let failure = RemoteJWKSError(.timeout, "too late")
    private static let key = Result { try Keys.make("a") }

    private func set(_ names: [String]) throws -> KeySet {
        let objects = try names.map { Keys.object(try Self.key.get(), ["kid": .string($0)]) }
        return try KeySet(parsing: Keys.set(objects), algorithms: configuration.algorithms, maximumKeys: 100)
    }

    private func set(_ name: String) throws -> KeySet { try set([name]) }

    private func held(lifetime: Int) throws -> KeyCache {
        var cache = KeyCache(configuration)
        _ = cache.look(up: "a", at: start, hasWaited: false)
        cache.end(.success(.set(try set("a"), etag: "\"1\"", lifetime: .seconds(lifetime))), at: start)
        return cache
    }

    private func code(_ decision: KeyCache.Decision) -> RemoteJWKSError.Code? {
        if case .failure(let error) = decision.answer { error.code } else { nil }
    }

    private func isWait(_ decision: KeyCache.Decision) -> Bool {
        if case .none = decision.answer { true } else { false }
    }

    private func isKey(_ decision: KeyCache.Decision) -> Bool {
        if case .success = decision.answer { true } else { false }
    }
}

/// A small generator that a seed repeats.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
