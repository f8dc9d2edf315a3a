import Store
import Testing

@testable import Resources

@Suite("The index of revocations")
struct RevocationIndexTests {
    private let later = Timestamp(milliseconds: 2_000_000_000_000)

    @Test("hits nothing when it is empty")
    func empty() {
        #expect(hit(RevocationIndex()) == nil)
        #expect(RevocationIndex().isEmpty)
    }

    static let kinds: [(Revocation.Kind, String)] = [
        (.jti, "j1"), (.family, "f1"), (.subject, "s1"), (.client, "c1"), (.api, "a1"), (.kid, "k-sign"),
        (.kid, "k-enc"),
    ]

    @Test("hits a token by each of its attributes, and only by its own kind", arguments: kinds)
    func hitsByKind(kind: Revocation.Kind, value: String) {
        var index = RevocationIndex()
        index.add(Revocation(kind: kind, value: value, expiresAt: later))
        #expect(hit(index) == kind)
        for other in Revocation.Kind.allCases where other != kind {
            var wrong = RevocationIndex()
            wrong.add(Revocation(kind: other, value: value, expiresAt: later))
            #expect(hit(wrong) == nil)
        }
    }

    @Test(
        "of a subject, client or API spares what was issued after it",
        arguments: [Revocation.Kind.subject, .client, .api, .kid])
    func notBefore(kind: Revocation.Kind) {
        var index = RevocationIndex()
        let value = [Revocation.Kind.subject: "s1", .client: "c1", .api: "a1", .kid: "k-enc"][kind] ?? ""
        index.add(
            Revocation(kind: kind, value: value, notBefore: Timestamp(milliseconds: 100_500), expiresAt: later))
        #expect(hit(index, issuedAt: 99) == kind)
        #expect(hit(index, issuedAt: 100) == kind)
        #expect(hit(index, issuedAt: 101) == nil)
        #expect(hit(index, issuedAt: .min) == kind)
        #expect(hit(index, issuedAt: .max) == nil)
    }

    @Test("holds the wider of two entries, in either order", arguments: [false, true])
    func wider(reversed: Bool) {
        let narrow = Revocation(
            kind: .client, value: "c1", notBefore: Timestamp(milliseconds: 100_000), expiresAt: later)
        let wide = Revocation(kind: .client, value: "c1", expiresAt: later)
        var index = RevocationIndex()
        for revocation in reversed ? [wide, narrow] : [narrow, wide] { index.add(revocation) }
        #expect(hit(index, issuedAt: 1_000) == .client)
    }

    @Test("keeps copies apart and keeps every entry over many merges")
    func copies() {
        var index = RevocationIndex()
        var copies: [RevocationIndex] = []
        for number in 0..<5_000 {
            if number % 1_000 == 0 { copies.append(index) }
            index.add(Revocation(kind: .jti, value: "j-\(number)", expiresAt: later))
        }
        for number in 0..<5_000 { #expect(index.contains(jti: "j-\(number)")) }
        #expect(!index.contains(jti: "j-5000"))
        for (place, copy) in copies.enumerated() {
            #expect(copy.contains(jti: "j-\(place * 1_000 - 1)") == (place > 0))
            #expect(!copy.contains(jti: "j-\(place * 1_000)"))
        }
    }

    @Test("forgets what has expired, not before")
    func expiry() {
        var index = RevocationIndex()
        index.add(Revocation(kind: .jti, value: "old", expiresAt: Timestamp(milliseconds: 1_000)))
        index.add(Revocation(kind: .jti, value: "new", expiresAt: Timestamp(milliseconds: 2_000)))
        index.removeExpired(at: Timestamp(milliseconds: 999))
        #expect(index.count == 2)
        index.removeExpired(at: Timestamp(milliseconds: 1_000))
        #expect(!index.contains(jti: "old"))
        #expect(index.contains(jti: "new"))
    }

    private func hit(_ index: RevocationIndex, issuedAt: Int64 = 1_000) -> Revocation.Kind? {
        index.hit(
            jti: "j1", family: "f1", subject: "s1", client: "c1", api: "a1", signingKeyID: "k-sign",
            encryptionKeyID: "k-enc", issuedAt: issuedAt)
    }
}

@Suite("The store of revocations")
struct RevocationStoreTests {
    @Test("keeps a revocation over a restart of the index, with its audit row")
    func stored() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.revocations.revoke(revocation("j1", for: 300, sandbox), actor: "test")
        #expect(try await sandbox.revocations.load().contains(jti: "j1"))
        #expect(try await sandbox.audit() == ["revocation.add jti j1"])
        let records = try await sandbox.revocations.records(limit: 10)
        #expect(records.map(\.revocation.value) == ["j1"])
        #expect(records.map(\.actor) == ["test"])
    }

    @Test("reads on from where an index ended")
    func refresh() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.revocations.revoke(revocation("j1", for: 300, sandbox), actor: "test")
        let first = try await sandbox.revocations.load()
        try await sandbox.revocations.revoke(revocation("j2", for: 300, sandbox), actor: "test")
        let second = try await sandbox.revocations.refresh(first)
        #expect(second.contains(jti: "j1") && second.contains(jti: "j2"))
        #expect(!first.contains(jti: "j2"))
        #expect(second.sequence == first.sequence + 1)
    }

    @Test("makes no second row and no news of what is covered")
    func idempotent() async throws {
        let sandbox = try await Sandbox()
        for _ in 0..<3 { try await sandbox.revocations.revoke(revocation("j1", for: 300, sandbox), actor: "test") }
        #expect(try await sandbox.count("revocation") == 1)
        #expect(try await sandbox.database.read { try ChangeEpoch.current(on: $0) } == 1)
        try await sandbox.revocations.revoke(revocation("j1", for: 600, sandbox), actor: "test")
        #expect(try await sandbox.count("revocation") == 2)
    }

    @Test("purges what has expired and never uses a sequence number again")
    func purge() async throws {
        let sandbox = try await Sandbox()
        for name in ["j1", "j2"] {
            try await sandbox.revocations.revoke(revocation(name, for: 300, sandbox), actor: "test")
        }
        #expect(try await sandbox.revocations.purge() == 0)
        let index = try await sandbox.revocations.load()
        sandbox.now.advance(seconds: 301)
        #expect(try await sandbox.revocations.purge() == 1)
        try await sandbox.revocations.revoke(revocation("j3", for: 300, sandbox), actor: "test")
        #expect(try await sandbox.revocations.purge() == 1)
        let next = try await sandbox.revocations.refresh(index)
        #expect(next.contains(jti: "j3"))
        #expect(!next.contains(jti: "j1"))
        #expect(next.sequence == 3)
    }

    private func revocation(_ jti: String, for seconds: Int64, _ sandbox: Sandbox) -> Revocation {
        Revocation(kind: .jti, value: jti, expiresAt: sandbox.now.value + seconds, reason: "test")
    }
}
