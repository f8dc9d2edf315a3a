import Foundation
import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite(
    "Key pairs in OpenBao", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: OpenBao.isExpected, "OpenBao is not installed: make .venv"))
struct TransitKeyPairTests {
    /// Each test has a server of its own.
    private func withServer(_ body: (OpenBao, TransitProvider) async throws -> Void) async throws {
        let bao = try await OpenBao()
        defer { bao.remove() }
        let provider = try bao.provider()
        try await body(bao, provider)
        await provider.close()
    }

    @Test("Keys of every algorithm are made, used and destroyed")
    func everyAlgorithm() async throws {
        try await withServer { bao, provider in
            let encryption = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.otherKid)
            #expect(encryption.reference == "signet-" + KeyPairs.otherKid)
            for algorithm in DeviceKeyAlgorithm.allCases where algorithm.signs {
                let key = try await provider.makeKey(algorithm, kid: KeyPairs.kid)
                let opened = try await KeyPairs.roundTrip(provider, key, encryption)
                #expect(opened.claims.subject == "a")
                let data = try await bao.ask("GET", "transit/keys/\(key.reference)")["data"]?.objectValue
                #expect(data?["exportable"] == .bool(false) && data?["allow_plaintext_backup"] == .bool(false))
                // A key that was rotated by somebody else goes on with the version that was published.
                try await bao.ask("POST", "transit/keys/\(key.reference)/rotate", "{}")
                _ = try await KeyPairs.roundTrip(provider, key, encryption)
                #expect(await KeyPairs.code { _ = try await provider.decrypt([1], with: key) } == .notSupported)
                try await provider.destroyKey(key)
                #expect(await KeyPairs.code { _ = try await provider.sign([1], with: key) } == .keyMissing)
                try await provider.destroyKey(key)
            }
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: encryption) } == .notSupported)
            // What one process made, another one uses.
            let next = try bao.provider()
            _ = try await next.decrypt(KeyPairs.ciphertext(for: encryption), with: encryption)
            await next.close()
            try await provider.destroyKey(encryption)
            let junk = [UInt8](repeating: 1, count: 384)
            #expect(await KeyPairs.code { _ = try await provider.decrypt(junk, with: encryption) } == .keyMissing)
        }
    }

    @Test("Asked again, a key is the same; a name that is taken by another type is not used")
    func repeated() async throws {
        try await withServer { bao, provider in
            let key = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            #expect(try await provider.makeKey(.es256, kid: KeyPairs.kid).publicJWK == key.publicJWK)
            #expect(await KeyPairs.code { _ = try await provider.makeKey(.rs256, kid: KeyPairs.kid) } == .keyDisabled)
            // One that can be taken out is not used either.
            try await bao.ask(
                "POST", "transit/keys/signet-\(KeyPairs.otherKid)", #"{"type":"ecdsa-p256","exportable":true}"#)
            #expect(
                await KeyPairs.code { _ = try await provider.makeKey(.es256, kid: KeyPairs.otherKid) } == .keyDisabled)
        }
    }

    @Test("Junk is refused in the same words, and breaks no circuit")
    func junk() async throws {
        try await withServer { _, provider in
            let key = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.kid)
            let other = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.otherKid)
            try await KeyPairs.checkJunk(provider, key, other: other)
        }
    }

    @Test("A hundred calls at once are answered, and a server that was killed and came back is used again")
    func manyAndAgain() async throws {
        try await withServer { bao, provider in
            let signing = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            let encryption = try await provider.makeKey(.rsaOAEP256, kid: KeyPairs.otherKid)
            try await KeyPairs.checkMany(provider, signing, encryption)
            #expect(provider.statistics.retried == 0)
            bao.kill()
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: signing) } == .unreachable)
            try await bao.start()
            var code = await KeyPairs.code { _ = try await provider.sign([1], with: signing) }
            for _ in 0..<150 where code == .unreachable {
                try await Task.sleep(for: .milliseconds(100))
                code = await KeyPairs.code { _ = try await provider.sign([1], with: signing) }
            }
            #expect(code == nil)
            try await KeyPairs.checkMany(provider, signing, encryption)
        }
    }

    @Test("A wrong token is denied, and so is what the policy does not grant")
    func denied() async throws {
        try await withServer { bao, provider in
            let key = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            let stranger = try bao.provider(["token": "s.nobody"])
            #expect(await KeyPairs.code { _ = try await stranger.sign([1], with: key) } == .denied)
            let policy = #"path "transit/sign/signet-*" { capabilities = ["update"] }"#
            let signer = try bao.provider(["token": try await bao.makeToken(policy)])
            _ = try await signer.sign([1], with: key)
            let error = await #expect(throws: ProviderError.self) {
                try await signer.makeKey(.es256, kid: KeyPairs.otherKid)
            }
            // As the documentation's policy has it.
            #expect(error?.reason.contains("grant update on transit/keys/signet-*;") == true, "\(error as Any)")
            #expect(await KeyPairs.code { try await signer.destroyKey(key) } == .denied)
            for other in [stranger, signer] { await other.close() }
        }
    }

    @Test("Health tells of a key that is gone, of a pair that is missed, and of a token that was revoked")
    func health() async throws {
        try await withServer { bao, provider in
            let key = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            let name = "transit/keys/\(key.reference)"
            // Nothing was wrapped, so that no key that wraps is missed.
            try await provider.checkHealth()
            try await bao.ask("POST", "transit/keys/k", #"{"type":"aes256-gcm96"}"#)
            let policy = #"path "transit/sign/signet-*" { capabilities = ["update"] }"#
            let token = try await bao.makeToken(policy + #" path "transit/keys/k" { capabilities = ["read"] }"#)
            let limited = try bao.provider(["token": token, "key": "k"])
            try await limited.checkHealth()
            // Without the permission to read it the key is not known to be missing.
            let blind = try bao.provider(["token": try await bao.makeToken(policy), "key": "k"])
            try await bao.ask("POST", "transit/keys/k/config", #"{"deletion_allowed":true}"#)
            try await bao.ask("DELETE", "transit/keys/k")
            #expect(await KeyPairs.code { try await limited.checkHealth() } == .keyMissing)
            try await blind.checkHealth()
            try await bao.ask("POST", "auth/token/revoke", #"{"token":"\#(token)"}"#)
            #expect(await KeyPairs.code { try await limited.checkHealth() } == .denied)
            try await bao.ask("POST", name + "/config", #"{"deletion_allowed":true}"#)
            try await bao.ask("DELETE", name)
            #expect(await KeyPairs.code { _ = try await provider.sign([1], with: key) } == .keyMissing)
            try await provider.checkHealth()
            #expect(provider.statistics.faultInUse?.code == .keyMissing)
            for other in [limited, blind] { await other.close() }
        }
    }

    @Test("A quota that is used up is waited for, and then told")
    func throttled() async throws {
        try await withServer { bao, provider in
            let key = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            try await bao.ask(
                "POST", "sys/quotas/rate-limit/one", #"{"path":"transit","rate":2,"interval":"1s"}"#)
            var codes: Set<ProviderError.Code?> = []
            for _ in 0..<8 { codes.insert(await KeyPairs.code { _ = try await provider.sign([1], with: key) }) }
            #expect(codes.isSubset(of: [nil, .throttled]) && codes.contains(nil))
            #expect(provider.statistics.retried > 0 && provider.statistics.isAvailable)
        }
    }

    @Test("A token that was given outlives its lease without being used")
    func idle() async throws {
        try await withServer { bao, provider in
            let key = try await provider.makeKey(.es256, kid: KeyPairs.kid)
            let policy = #"path "transit/sign/signet-*" { capabilities = ["update"] }"#
            let token = try await bao.makeToken(policy, #","ttl":"4s","renewable":true"#)
            let idle = try bao.provider(["token": token])
            _ = try await idle.sign([1], with: key)
            try await Task.sleep(for: .seconds(9))
            _ = try await idle.sign([1], with: key)
            await idle.close()
            // Nor does it have to be used at first: a worker that takes another one's place looks at the server's health.
            let unused = try await bao.makeToken(policy, #","ttl":"4s","renewable":true"#)
            let next = try bao.provider(["token": unused])
            try await next.checkHealth()
            try await Task.sleep(for: .seconds(9))
            _ = try await next.sign([1], with: key)
            await next.close()
        }
    }
}
