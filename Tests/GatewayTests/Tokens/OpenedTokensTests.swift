import JOSE
import Testing

@testable import Gateway

/// What a device has opened is kept for all loops, within bounds.
@Suite struct OpenedTokensTests {
    private func opened(_ world: TestWorld) throws -> OpenedToken {
        try NestedToken.open(
            try world.token(), decryptionKeys: KeyDirectory(world.apis[0].decryption),
            verificationKeys: KeyDirectory(world.apis[0].verification), contentEncryption: [.a256GCM])
    }

    private func key(_ number: UInt64) -> TokenCache.Key {
        TokenCache.Key(digest: TokenDigest(words: SIMD4(number, 0, 0, 0)), policyID: 1)
    }

    @Test func whatIsAskedForStaysAndTheRestGoes() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 8, bytes: 1 << 20)
        for number in 0..<100 {
            store.insert(token, for: key(UInt64(number)), octets: 500)
            #expect(store.token(key(0), octets: 500) != nil)
            #expect(store.count <= 8)
        }
        #expect(store.token(key(99), octets: 500) != nil)
        #expect(store.token(key(50), octets: 500) == nil)
    }

    @Test func octetsAreBoundedToo() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 1000, bytes: 4000)
        for number in 0..<100 { store.insert(token, for: key(UInt64(number)), octets: 500) }
        #expect(store.count <= 8)
        store.insert(token, for: key(1000), octets: 4000)
        #expect(store.token(key(1000), octets: 4000) == nil)
    }

    @Test func aTokenIsKnownUnderItsPolicyAlone() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 8, bytes: 1 << 20)
        store.insert(token, for: key(1), octets: 500)
        let other = TokenCache.Key(digest: key(1).digest, policyID: 2)
        #expect(store.token(other, octets: 500) == nil)
    }

    @Test func nothingIsKeptWithoutRoom() throws {
        let token = try opened(try TestWorld())
        let store = OpenedTokens(entries: 0, bytes: 1 << 20)
        store.insert(token, for: key(1), octets: 500)
        #expect(store.count == 0)
    }
}
