import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("Key rings")
struct KeyStoreTests {
    struct Refused: Error {}

    // MARK: What is refused

    @Test func aRingWhosePartsDoNotGoTogetherIsNotMade() async throws {
        let installation = try await Installation()
        let wrong = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "HS256")
        #expect(await keyError { try await installation.ensure(wrong) } == .ringInvalid)
        #expect(try await installation.keys.list().isEmpty)
    }

    @Test func aRingDiesWithTheCallersTransaction() async throws {
        let installation = try await Installation()
        await #expect(throws: Refused.self) {
            try await installation.database.write { connection in
                try installation.keys.ensureRing(Installation.issuerRing, on: connection)
                throw Refused()
            }
        }
        #expect(try await installation.keys.list().isEmpty)
        #expect(try await installation.audit().map(\.action) == ["data-key.create"])
    }

    @Test(arguments: [RingSelector.all, .ring("issuer/access-signing/ES256"), .owner(.api("orders"))])
    func rotatingNothingIsAnError(selector: RingSelector) async throws {
        let installation = try await Installation()
        let code = await keyError { try await installation.keys.rotate(selector, actor: "cli") }
        #expect(code == .ringUnknown)
    }

    @Test func anUnsafeLifetimeIsRefusedAndNothingRotated() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let before = try await installation.keys.list()
        let code = await keyError {
            try await installation.keys.rotate(.all, actor: "cli", tokenLifetime: 86_401)
        }
        #expect(code == .timingRefused)
        #expect(try await installation.keys.list() == before)
    }

    @Test func anUnknownKidCannotBeRevoked() async throws {
        let installation = try await Installation()
        let code = await keyError {
            try await installation.keys.revoke(kid: "unknown", actor: "cli", reason: "test")
        }
        #expect(code == .kidUnknown)
    }

    @Test(arguments: ["purpose = 'forward-signing'", "algorithm = 'ES384'", "api = 'orders'", "purpose = 'nonsense'"])
    func aRingWhoseRowWasEditedIsNoticed(edit: String) async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        try await installation.execute("UPDATE key_ring SET \(edit)")
        #expect(await keyError { try await installation.reloaded().load() } == .ringInvalid)
    }

    @Test func theStoreRefusesASecondActiveVersion() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        _ = try await installation.keys.rotate(.all, actor: "cli")
        await #expect(throws: StoreError.self) {
            try await installation.execute("UPDATE key_version SET state = 'active'")
        }
    }

    // MARK: Making

    @Test func aNewRingHasOneActiveVersionAndEnsuringItAgainChangesNothing() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let first = try await installation.keys.list()
        #expect(first.map(\.state) == [.active, .active])
        #expect(first.map(\.number) == [1, 1])
        #expect(first.map(\.ringID) == ["api/orders/encryption/ECDH-ES/X25519", "issuer/access-signing/ES256"])
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        #expect(try await installation.keys.list() == first)
    }

    @Test func noPrivateKeyIsInTheFiles() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.macRing)
        var secrets: [String] = []
        for version in try await installation.database.read({ try KeyRows.all(on: $0) }) {
            let opened = try installation.sealer.open(try #require(version.sealed), row: version.place)
            let jwk = try JSONValue(parsing: opened.text)
            secrets += ["d", "k"].compactMap { jwk[$0]?.stringValue }
        }
        #expect(secrets.count == 2)
        secrets.append(installation.rootKey.secret.withUnsafeBytes { Base64URL.encode([UInt8]($0)) })
        for name in try installation.folder.names() where name.hasPrefix("signet.db") {
            let content = String(decoding: try installation.folder.content(name), as: UTF8.self)
            for secret in secrets { #expect(!content.contains(secret), "\(name)") }
        }
    }

    // MARK: Rotating

    @Test func tokensMadeBeforeARotationOpenUntilTheyExpireAndNewOnesUseTheNewKeys() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let old = try await installation.token()
        let versions = try await installation.keys.rotate(.all, actor: "cli", tokenLifetime: 300)
        #expect(versions.map(\.state) == [.active, .active])
        #expect(versions.map(\.number) == [2, 2])

        let loaded = try await installation.keys.load()
        let kids = Set(versions.map(\.kid))
        #expect(kids.contains(loaded.signingKey(Installation.issuerRing)?.kid ?? ""))
        #expect(kids.contains(loaded.encryptionKey(Installation.ordersRing)?.kid ?? ""))
        let new = try await installation.token()
        #expect(try await installation.refusal(of: old) == nil)
        #expect(try await installation.refusal(of: new) == nil)

        installation.time.advance(seconds: 300 + 30 + 60 - 1)
        #expect(try await installation.keys.tick().isEmpty)
        #expect(try await installation.refusal(of: old) == nil)
        installation.time.advance(seconds: 1)
        #expect(try await installation.keys.tick().map(\.state) == [.retired, .retired])
        #expect(try await installation.refusal(of: old) == .keyNotFound)
        #expect(try await installation.refusal(of: new) == nil)
    }

    @Test func aSelectorRotatesWhatItNamesAndNothingElse() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing, Installation.macRing)
        let ring = try await installation.keys.rotate(.ring(Installation.ordersRing.id), actor: "cli")
        #expect(ring.map(\.ring) == [Installation.ordersRing])
        let owner = try await installation.keys.rotate(.owner(.api("orders")), actor: "cli")
        #expect(Set(owner.map(\.ring)) == [Installation.ordersRing, Installation.macRing])
        #expect(try await installation.active(Installation.issuerRing)?.number == 1)
        #expect(try await installation.active(Installation.ordersRing)?.number == 3)
    }

    @Test func rotationsAtTheSameTimeLeaveOneActiveVersion() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try await installation.keys.rotate(.all, actor: "cli") }
            }
            try await group.waitForAll()
        }
        let versions = try await installation.keys.list()
        #expect(versions.map(\.number) == Array(1...9))
        #expect(versions.filter { $0.state == .active }.map(\.number) == [9])
        #expect(Set(versions.map(\.kid)).count == 9)
    }

    @Test func afterItsHoldThePrivateHalfIsGone() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let first = try #require(try await installation.active(Installation.issuerRing))
        _ = try await installation.keys.rotate(.all, actor: "cli", tokenLifetime: 1)
        installation.time.advance(seconds: 91)
        #expect(try await installation.keys.tick().map(\.state) == [.retired])
        installation.time.advance(seconds: KeyTimings.hold)
        #expect(try await installation.keys.tick().map(\.kid) == [first.kid])
        let sealed = try await installation.database.read { try KeyRows.version(kid: first.kid, on: $0)?.sealed }
        #expect(sealed == nil)
        #expect(try await installation.keys.tick().isEmpty)
        #expect(try await installation.keys.list().first?.state == .retired)
    }

    // MARK: Revoking

    @Test func aRevokedKeyOpensNothingAndAnotherTakesItsPlaceAtOnce() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let token = try await installation.token()
        let revoked = try #require(try await installation.active(Installation.issuerRing))
        try await installation.keys.revoke(kid: revoked.kid, actor: "cli", reason: "leaked")
        #expect(try await installation.refusal(of: token) == .keyNotFound)
        let loaded = try await installation.keys.load()
        #expect(loaded.state(kid: revoked.kid) == .revoked)
        #expect(loaded.publishedJWKS.key(revoked.kid) == nil)
        let successor = try #require(try await installation.active(Installation.issuerRing))
        #expect(successor.number == 2)
        #expect(loaded.signingKey(Installation.issuerRing)?.kid == successor.kid)
        let fresh = try await installation.token()
        #expect(try await installation.refusal(of: fresh) == nil)
    }

    @Test func revokingTwiceDoesNothingTheSecondTime() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let kid = try #require(try await installation.active(Installation.issuerRing)).kid
        try await installation.keys.revoke(kid: kid, actor: "cli", reason: "leaked")
        let after = try await installation.keys.list()
        try await installation.keys.revoke(kid: kid, actor: "cli", reason: "leaked")
        #expect(try await installation.keys.list() == after)
        #expect(try await installation.audit().filter { $0.action == "key.revoke" }.count == 1)
    }

    @Test func revokingARetiringVersionLeavesTheActiveOne() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let old = try #require(try await installation.active(Installation.issuerRing))
        _ = try await installation.keys.rotate(.all, actor: "cli")
        try await installation.keys.revoke(kid: old.kid, actor: "cli", reason: "test")
        #expect(try await installation.keys.list().map(\.state) == [.revoked, .active])
    }

    // MARK: Loading

    @Test func onlyTheIssuersSigningKeysArePublished() async throws {
        let installation = try await Installation()
        let forward = RingSpec(owner: .issuer, purpose: .forwardSigning, algorithm: "ES256")
        try await installation.ensure(
            Installation.issuerRing, Installation.ordersRing, Installation.macRing, forward)
        _ = try await installation.keys.rotate(.all, actor: "cli")
        let loaded = try await installation.keys.load()
        let issuers = try await installation.keys.list().filter { $0.ring == Installation.issuerRing }.map(\.kid)
        #expect(loaded.publishedJWKS.keys.compactMap(\.kid).sorted() == issuers.sorted())
        #expect(loaded.publishedJWKS.keys.allSatisfy { $0.use == "sig" && !$0.isPrivate })
        #expect(loaded.publishedForwardJWKS.keys.count == 2)
        let text = String(decoding: loaded.publishedJWKS.serialized(), as: UTF8.self)
        #expect(!text.contains(#""d":"#) && !text.contains(#""k":"#))
    }

    @Test func directoriesHoldTheKeysOfOneRing() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing, Installation.macRing)
        let loaded = try await installation.keys.load()
        let mac = try #require(try await installation.active(Installation.macRing)).kid
        let orders = try #require(try await installation.active(Installation.ordersRing)).kid
        let signed = loaded.keys(of: Installation.form)
        let authenticated = loaded.keys(
            of: TokenForm(signing: Installation.macRing, encryption: Installation.ordersRing, content: .a256GCM))
        #expect(authenticated.verification.keys.map(\.kid) == [mac])
        #expect(signed.decryption.keys.map(\.kid) == [orders])
        #expect(signed.verification[mac] == nil)
        #expect(signed.verification.count == 1)
        let other = RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: "ES384")
        let billing = RingSpec(owner: .api("billing"), purpose: .encryption, algorithm: "A256KW")
        let none = loaded.keys(of: TokenForm(signing: other, encryption: billing, content: .a256GCM))
        #expect(none.verification.isEmpty && none.decryption.isEmpty)
        #expect(loaded.state(kid: "unknown") == nil)
        #expect(LoadedKeys().publishedJWKS.keys.isEmpty)
    }

    @Test func symmetricKeysHaveNoPublicHalf() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.macRing)
        let version = try #require(try await installation.active(Installation.macRing))
        #expect(version.publicJWK == nil)
    }

    @Test func keysAreParsedOnceAndForgottenWhenOutOfUse() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        _ = try await installation.keys.load()
        let kid = try #require(try await installation.active(Installation.issuerRing)).kid
        let first = installation.keys.parsed.key(kid, for: Installation.issuerRing)
        _ = try await installation.keys.load()
        #expect(first != nil)
        #expect(first === installation.keys.parsed.key(kid, for: Installation.issuerRing))
        try await installation.keys.revoke(kid: kid, actor: "cli", reason: "test")
        _ = try await installation.keys.load()
        #expect(installation.keys.parsed.key(kid, for: Installation.issuerRing) == nil)
    }

    @Test func everythingIsThereAfterARestart() async throws {
        let folder = try TemporaryFolder()
        let first = try await Installation(in: folder)
        try await first.ensure(Installation.issuerRing, Installation.ordersRing)
        let token = try await first.token()
        let versions = try await first.keys.list()
        try await first.database.close()
        let second = try await Installation(in: folder)
        #expect(try await second.keys.list() == versions)
        #expect(try await second.refusal(of: token) == nil)
    }

    // MARK: News and audit

    @Test func everyChangeIsAuditedAndNotedOnce() async throws {
        let installation = try await Installation()
        let changes = Mutex<[ChangeSet]>([])
        await installation.database.observeChanges { change in changes.withLock { $0.append(change) } }
        try await installation.ensure(Installation.issuerRing)
        let kid = try #require(try await installation.active(Installation.issuerRing)).kid
        _ = try await installation.keys.rotate(.all, actor: "alice", tokenLifetime: 1)
        installation.time.advance(seconds: 91)
        try await installation.keys.tick()
        try await installation.keys.tick()
        try await installation.keys.revoke(kid: kid, actor: "bob", reason: "lost \"laptop\"")
        installation.time.advance(seconds: KeyTimings.hold)
        try await installation.keys.tick()

        let entries = try await installation.audit().dropFirst()
        #expect(
            entries.map { "\($0.actor) \($0.action)" } == [
                "system key.create", "alice key.supersede", "alice key.rotate", "system key.retire", "bob key.revoke",
                "system key.destroy",
            ])
        let revoke = try #require(entries.first { $0.action == "key.revoke" })
        #expect(revoke.target == kid)
        #expect(try JSONValue(parsing: revoke.detail)["reason"]?.stringValue == "lost \"laptop\"")
        #expect(try JSONValue(parsing: revoke.detail)["from"]?.stringValue == "retired")
        #expect(changes.withLock { $0 } == (1...5).map { ChangeSet(topics: [.keys], epoch: $0) })
    }

    @Test func anObserverFindsTheNewKeyBeforeTheRotationIsAcknowledged() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let seen = Mutex<[String]>([])
        await installation.database.observeChanges { _ in
            let loaded = try? await installation.keys.load()
            if let kid = loaded?.signingKey(Installation.issuerRing)?.kid { seen.withLock { $0.append(kid) } }
        }
        let versions = try await installation.keys.rotate(.all, actor: "cli")
        #expect(seen.withLock { $0 } == versions.map(\.kid))
    }
}
