import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite(
    "A PKCS#11 token", .serialized,
    .enabled(if: SoftHSM.isExpected, "softhsm2 or opensc is not installed; make test-swift installs them"),
    .timeLimit(.minutes(2)))
struct PKCS11ProviderTests {
    static let context = WrapContext(purpose: "test", id: "1")

    /// Runs a test with a token, and closes the provider whatever comes.
    func withToken(
        _ uses: ProviderUses = .rootKey, sessions: Int = 4,
        _ body: (SoftHSM, PKCS11Provider) async throws -> Void
    ) async throws {
        let hsm = try SoftHSM()
        defer { hsm.remove() }
        let provider = try hsm.provider(uses, sessions: sessions)
        do {
            try await body(hsm, provider)
        } catch {
            await provider.close()
            throw error
        }
        let before = try hsm.calls("C_Finalize")
        await provider.close()
        #expect(try hsm.calls("C_Finalize") == before + 1)
    }

    /// Wraps and unwraps many secrets at once.
    private func exercise(_ provider: PKCS11Provider, _ count: Int) async throws -> Set<[UInt8]> {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for number in 0..<count {
                group.addTask {
                    let secret = SecretBytes.random(count: 1 + number % 64)
                    let wrapped = try await provider.wrap(secret, context: Self.context)
                    #expect(try await provider.unwrap(wrapped, context: Self.context) == secret)
                    return wrapped
                }
            }
            return try await group.reduce(into: []) { $0.insert($1) }
        }
    }

    @Test("Many calls at once share four sessions and one login, and no nonce comes twice")
    func sharing() async throws {
        try await withToken { hsm, provider in
            let wrapped = try await exercise(provider, 60)
            #expect(Set(wrapped.map { $0[1..<13] }).count == 60)
            #expect(try hsm.calls("C_Login") == 1)
            #expect((1...4).contains(try hsm.calls("C_OpenSession")))
            #expect(try hsm.calls("C_Initialize") == 1)
            #expect(provider.statistics.answered == 120)
        }
    }

    @Test("Sessions that are lost while many use them are found again", arguments: ["b3", "101", "32", "190"])
    func losses(code: String) async throws {
        try await withToken { hsm, provider in
            _ = try await exercise(provider, 10)
            try hsm.setFaults("C_Encrypt \(code) 2\nC_Decrypt \(code) 2\n")
            #expect(try await exercise(provider, 40).count == 40)
            #expect(try hsm.calls("C_OpenSession") >= 1)
        }
    }

    @Test("What was wrapped opens in its own context only, and unchanged only")
    func contexts() async throws {
        try await withToken { _, provider in
            let secret = SecretBytes.random(count: 32)
            let wrapped = try await provider.wrap(secret, context: Self.context)
            for context in [WrapContext(purpose: "test", id: "2"), WrapContext(purpose: "tes", id: "t1")] {
                await #expect { try await provider.unwrap(wrapped, context: context) } throws: {
                    ($0 as? ProviderError)?.code == .refused
                }
            }
            for index in wrapped.indices {
                var changed = wrapped
                changed[index] ^= 0x80
                await #expect { try await provider.unwrap(changed, context: Self.context) } throws: {
                    ($0 as? ProviderError)?.code == .refused
                }
            }
            #expect(try await provider.unwrap(wrapped, context: Self.context) == secret)
            for count in [0, 65] {
                await #expect { try await provider.wrap(.random(count: count), context: Self.context) } throws: {
                    ($0 as? ProviderError)?.code == .notSupported
                }
            }
        }
    }

    @Test("A PIN that was refused is sent once, however many ask; another one in its file is sent once too")
    func wrongPIN() async throws {
        try await withToken { hsm, provider in
            try hsm.setPIN("4321")
            await withTaskGroup(of: ProviderError.Code?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do throws(ProviderError) {
                            _ = try await provider.wrap(.random(count: 32), context: Self.context)
                            return nil
                        } catch { return error.code }
                    }
                }
                for await code in group { #expect(code == .denied) }
            }
            #expect(await Self.health(provider) == .denied)
            #expect(try hsm.calls("C_Login") == 1)
            try hsm.setPIN("4322")
            for _ in 0..<2 {
                await #expect { try await provider.wrap(.random(count: 32), context: Self.context) } throws: {
                    ($0 as? ProviderError)?.code == .denied
                }
            }
            #expect(try hsm.calls("C_Login") == 2)
            try hsm.setPIN("1234")
            _ = try await provider.wrap(.random(count: 32), context: Self.context)
            #expect(await Self.health(provider) == nil)
            #expect(try hsm.calls("C_Login") == 3)
        }
    }

    private static func health(_ provider: PKCS11Provider) async -> ProviderError.Code? {
        await KeyPairs.code { try await provider.checkHealth() }
    }

    @Test("Health sends a wrong PIN once, by whatever number of processes, and a use of keys sends the right one")
    func healthOfWrongPIN() async throws {
        try await withToken { hsm, provider in
            try hsm.setPIN("4321")
            for _ in 0..<3 { #expect(await Self.health(provider) == .denied) }
            #expect(try hsm.calls("C_Login") == 1)
            // As a worker that takes this one's place would: what is counted is in the token.
            let next = try hsm.provider()
            for _ in 0..<3 { #expect(await Self.health(next) == .denied) }
            #expect(try hsm.calls("C_Login") == 1)
            try hsm.setPIN("1234")
            #expect(await Self.health(next) == .denied)
            _ = try await exercise(next, 1)
            #expect(await Self.health(next) == nil)
            await next.close()
        }
    }

    @Test("Health looks for the key that wraps, and gets a lost login back")
    func healthOfKey() async throws {
        try await withToken { hsm, provider in
            for _ in 0..<3 { #expect(await Self.health(provider) == nil) }
            #expect(try hsm.calls("C_Login") == 1)
            try hsm.setFaults("C_GetTokenInfo b3 1\n")
            #expect(await Self.health(provider) == nil)
            #expect(try hsm.calls("C_Login") == 1)
            try hsm.removeKey()
            #expect(await Self.health(provider) == .keyMissing)
            #expect(provider.statistics.failed == 0)
            // What makes no use of it does not miss it.
            let pairs = try hsm.provider(.tokenKeys)
            #expect(await Self.health(pairs) == nil)
            await pairs.close()
        }
    }

    @Test("The PIN's file is read anew at each login")
    func pinFile() async throws {
        try await withToken { hsm, provider in
            try hsm.setPIN("")
            await #expect { try await provider.wrap(.random(count: 32), context: Self.context) } throws: {
                ($0 as? ProviderError)?.code == .configurationInvalid
            }
            #expect(try hsm.calls("C_Login") == 0)
            try hsm.setPIN("1234")
            _ = try await exercise(provider, 1)
        }
    }

    @Test("A device that goes away is missed, and found when it is back")
    func away() async throws {
        try await withToken { hsm, provider in
            let secret = SecretBytes.random(count: 32)
            let wrapped = try await provider.wrap(secret, context: Self.context)
            try await provider.checkHealth()
            try hsm.goAway()
            await #expect { try await provider.checkHealth() } throws: {
                ($0 as? ProviderError)?.code == .unreachable
            }
            try hsm.comeBack()
            try await provider.checkHealth()
            #expect(try await provider.unwrap(wrapped, context: Self.context) == secret)
        }
    }
}
