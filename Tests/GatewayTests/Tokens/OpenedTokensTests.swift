import JOSE
import Testing

@testable import Gateway

/// What a device has opened is kept for all loops, within bounds.
@Suite(.serialized) struct OpenedTokensTests {
    private func opened(_ world: TestWorld, _ claims: JSONObject = TestWorld.claims()) throws -> OpenedToken {
        try NestedToken.open(
            try world.token(claims), decryptionKeys: KeyDirectory(world.apis[0].decryption),
            verificationKeys: KeyDirectory(world.apis[0].verification), contentEncryption: [.a256GCM])
    }

    private func key(_ number: UInt64) -> TokenCache.Key {
        TokenCache.Key(digest: TokenDigest(words: SIMD4(number, 0, 0, 0)), policyID: 1)
    }

    @Test func whatIsAskedForStaysAndTheRestGoes() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 8, bytes: 1 << 20)
        for number in 0..<100 {
            store.insert(token, for: key(UInt64(number)))
            #expect(store.token(key(0)) != nil)
            #expect(store.count <= 8)
        }
        #expect(store.token(key(99)) != nil)
        #expect(store.token(key(50)) == nil)
    }

    @Test func octetsOfMemoryAreBoundedToo() throws {
        let world = try TestWorld()
        let token = try opened(world)
        let cost = OpenedTokens.cost(of: token)
        let store = OpenedTokens(entries: 1000, bytes: 8 * cost)
        for number in 0..<100 {
            store.insert(token, for: key(UInt64(number)))
            _ = store.token(key(UInt64(number / 2)))
            #expect(store.bytes == store.count * cost && store.count <= 8)
        }
        let large = try opened(
            world, TestWorld.claims { $0["note"] = .string(String(repeating: "x", count: 5 * cost)) })
        store.insert(large, for: key(1000))
        #expect(store.token(key(1000)) == nil)
        #expect(store.token(key(99)) != nil)
    }

    @Test func aTokenThatComesAgainIsCountedOnce() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 8, bytes: 1 << 20)
        for _ in 0..<3 { store.insert(token, for: key(1)) }
        #expect(store.count == 1 && store.bytes == OpenedTokens.cost(of: token))
    }

    /// In tokens of few octets the claims are least of what is held: `[{},{},…]` has two octets a value, and a part of
    /// sixteen.
    @Test(arguments: ["usual", "many values", "long"])
    func theCostIsWhatTheMemoryGrowsBy(kind: String) throws {
        let world = try TestWorld()
        let claims = TestWorld.claims { claims in
            switch kind {
            case "many values": claims["all"] = .array(Array(repeating: .object(JSONObject()), count: 500))
            case "long": claims["note"] = .string(String(repeating: "x", count: 3000))
            default: break
            }
        }
        let text = try world.token(claims)
        let decryption = try KeyDirectory(world.apis[0].decryption)
        let verification = try KeyDirectory(world.apis[0].verification)
        func fill(_ store: OpenedTokens, _ numbers: Range<UInt64>) throws {
            for number in numbers {
                let token = try NestedToken.open(
                    text, decryptionKeys: decryption, verificationKeys: verification, contentEncryption: [.a256GCM])
                store.insert(token, for: key(number))
            }
        }
        // What is made once is made before.
        try fill(OpenedTokens(entries: 100, bytes: 1 << 30), 0..<10)
        let count: UInt64 = 2000
        // Other tests may use the heap meanwhile: one round that none of them has disturbed is enough.
        var rounds: [(reckoned: Int, grown: Int)] = []
        for _ in 0..<10 where !rounds.contains(where: isRight) {
            let store = OpenedTokens(entries: 100_000, bytes: 1 << 30)
            let before = heapInUse()
            try fill(store, 0..<count)
            rounds.append((store.bytes / Int(count), (heapInUse() - before) / Int(count)))
            #expect(store.count == Int(count))
        }
        print("opened tokens, \(kind): \(text.utf8.count) octets of text, (reckoned, grown by): \(rounds)")
        #expect(rounds.contains(where: isRight), "\(rounds)")
    }

    /// Not less than there is, and not much more.
    private func isRight(_ round: (reckoned: Int, grown: Int)) -> Bool {
        let share = Double(round.reckoned) / Double(round.grown)
        return share > 0.95 && share < 1.5
    }

    @Test func aTokenIsKnownUnderItsPolicyAlone() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 8, bytes: 1 << 20)
        store.insert(token, for: key(1))
        let other = TokenCache.Key(digest: key(1).digest, policyID: 2)
        #expect(store.token(other) == nil)
    }

    @Test func nothingIsKeptWithoutRoom() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 0, bytes: 1 << 20)
        store.insert(token, for: key(1))
        #expect(store.count == 0)
    }
}
