import JOSE
import Resources
import Testing

@testable import Gateway

@Suite struct TokenCacheTests {
    let world: TestWorld
    let api: CompiledAPI

    init() throws {
        world = try TestWorld(profile: .symmetric)
        api = try world.compiled(world.apis[0])
    }

    private func verified(expiresAt: Int64 = TestWorld.now + 290) throws -> VerifiedToken {
        let text = try world.token(TestWorld.claims { $0["exp"] = .integer(expiresAt) })
        let opened = try TokenOpener.open(Array(text.utf8).span, keys: api.keys)
        return try VerifiedToken.verify(opened, for: api, clients: world.clients, now: TestWorld.now).get()
    }

    private func key(_ number: UInt64, policy: UInt64 = 1) -> TokenCache.Key {
        TokenCache.Key(digest: TokenDigest(words: SIMD4(number, 0, 0, number)), policyID: policy)
    }

    private func has(_ cache: inout TokenCache, _ key: TokenCache.Key) -> Bool { cache.find(key) != nil }

    @Test func aTokenIsFoundByDigestAndPolicyOnly() throws {
        var cache = TokenCache(entries: 64, bytes: 1 << 20)
        let token = try verified()
        cache.insert(token, for: key(1), epoch: 5, now: TestWorld.now)
        let found = cache.find(key(1))
        let slot = try #require(found)
        #expect(cache.token(at: slot) === token)
        #expect(cache.checkedEpoch(at: slot) == 5)
        #expect(!has(&cache, key(2)))
        #expect(!has(&cache, key(1, policy: 2)))
    }

    @Test func theSameKeyIsReplacedNotDoubled() throws {
        var cache = TokenCache(entries: 64, bytes: 1 << 20)
        let token = try verified()
        cache.insert(token, for: key(1), epoch: 1, now: TestWorld.now)
        cache.insert(token, for: key(1), epoch: 2, now: TestWorld.now)
        #expect(cache.count == 1)
        #expect(cache.bytes == token.cost)
    }

    @Test func entriesAreBounded() throws {
        var cache = TokenCache(entries: 64, bytes: 1 << 30)
        let token = try verified()
        for number in 0..<1000 as Range<UInt64> { cache.insert(token, for: key(number), epoch: 1, now: TestWorld.now) }
        #expect(cache.capacity == 64)
        #expect(cache.count == 64)
        #expect(cache.bytes == 64 * token.cost)
    }

    @Test func octetsAreBounded() throws {
        let token = try verified()
        var cache = TokenCache(entries: 64, bytes: token.cost * 3)
        for number in 0..<100 as Range<UInt64> {
            cache.insert(token, for: key(number), epoch: 1, now: TestWorld.now)
            #expect(cache.bytes <= token.cost * 3)
            #expect(has(&cache, key(number)))
        }
        var none = TokenCache(entries: 64, bytes: token.cost - 1)
        none.insert(token, for: key(1), epoch: 1, now: TestWorld.now)
        #expect(none.count == 0)
    }

    @Test(arguments: [APISpec.Forward.claims, .jwt]) func whatIsForwardedCounts(forward: APISpec.Forward) throws {
        func cost(_ size: Int) throws -> Int {
            var world = try TestWorld(profile: .symmetric, forward: forward)
            world.apis[0].spec.claims = ["list", "text"]
            let text = try world.token(
                TestWorld.claims {
                    $0["list"] = .array((0..<size).map { .object(["n": .integer(Int64($0))]) })
                    $0["text"] = .string(String(repeating: "x", count: size))
                    $0["family"] = .string(String(repeating: "f", count: size))
                })
            let api = try world.compiled(world.apis[0])
            let opened = try TokenOpener.open(Array(text.utf8).span, keys: api.keys)
            return try VerifiedToken.verify(opened, for: api, clients: world.clients, now: TestWorld.now).get().cost
        }
        // An element is an object of one member in memory, and 9 octets and more as text in base64url.
        let perElement = forward == .jwt ? MemoryLayout<(String, JSONValue)>.stride : 9
        #expect(try cost(200) - cost(0) >= 200 * (perElement + 2))
    }

    @Test(arguments: [0, 7]) func tooFewEntriesTurnTheCacheOff(entries: Int) throws {
        var cache = TokenCache(entries: entries, bytes: 1 << 20)
        let token = try verified()
        cache.insert(token, for: key(1), epoch: 1, now: TestWorld.now)
        #expect(!has(&cache, key(1)))
        #expect(cache.count == 0)
    }

    @Test func expiredTokensMakeRoomFirstThenTheLeastRecentlyUsed() throws {
        var cache = TokenCache(entries: 8, bytes: 1 << 20)
        let token = try verified()
        let old = try verified(expiresAt: TestWorld.now + 5)
        for number in 0..<7 as Range<UInt64> { cache.insert(token, for: key(number), epoch: 1, now: TestWorld.now) }
        cache.insert(old, for: key(7), epoch: 1, now: TestWorld.now)
        _ = cache.find(key(0))
        cache.insert(token, for: key(8), epoch: 1, now: TestWorld.now + 10)
        #expect(!has(&cache, key(7)))
        cache.insert(token, for: key(9), epoch: 1, now: TestWorld.now + 10)
        #expect(!has(&cache, key(1)))
        #expect(has(&cache, key(0)))
    }
}

@Suite struct ScopeSetTests {
    private func set(_ indices: Int...) -> ScopeSet? {
        var set = ScopeSet()
        for index in indices where !set.insert(index) { return nil }
        return set
    }

    @Test func aSupersetHoldsAllOfTheOther() throws {
        let one = try #require(set(0))
        let both = try #require(set(0, 255))
        #expect(both.isSuperset(of: one))
        #expect(!one.isSuperset(of: both))
        #expect(one.isSuperset(of: ScopeSet()))
    }

    @Test func thereIsNoBitBeyondTheBound() {
        #expect(set(256) == nil)
        #expect(set(-1) == nil)
    }
}
