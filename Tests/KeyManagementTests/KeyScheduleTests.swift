import JOSE
import Store
import Synchronization
import Testing

@testable import KeyManagement

@Suite("The schedule of keys")
struct KeyScheduleTests {
    static let day: Int64 = 86_400
    static let start = Timestamp(seconds: 1_800_000_000)

    static func life(
        _ kid: String, _ state: KeyState, created: Int64 = 0, published: Int64? = nil, activated: Int64? = nil
    ) -> KeyLife {
        KeyLife(
            kid: kid,
            lifecycle: KeyLifecycle(
                state: state, createdAt: start + created, publishedAt: published.map { start + $0 },
                activatedAt: activated.map { start + $0 }))
    }

    // MARK: What is refused

    static let unsafeTimes: [(Int64, Int64)] = [
        (3599, 1200), (63_072_001, 86_400), (30 * day, 1199), (30 * day, 0), (30 * day, -1), (day, day),
        (3600, 3121), (0, 1200), (.max, 1200), (30 * day, .max - 200),
    ]
    static let safeTimes: [(Int64, Int64)] = [(3600, 1200), (3600, 3120), (63_072_000, 86_400), (30 * day, day)]

    @Test(arguments: unsafeTimes)
    func unsafeTimesAreRefusedWithTheReason(interval: Int64, lead: Int64) {
        let error = #expect(throws: KeyError.self) { try KeySchedule(interval: interval, lead: lead) }
        #expect(error?.code == .timingRefused)
        #expect(error?.reason.hasPrefix("expected") == true)
    }

    @Test(arguments: safeTimes)
    func safeTimesAreTaken(interval: Int64, lead: Int64) throws {
        let schedule = try KeySchedule(interval: interval, lead: lead)
        #expect(schedule.interval == interval && schedule.lead == lead)
    }

    // MARK: Turns

    @Test func turnsAreShortenedByUpToATenthAndDifferFromKeyToKey() {
        let schedule = KeySchedule.standard
        let turns = (0..<200).map { number in
            schedule.rotatesAt(activatedAt: Self.start, kid: "key-\(number)").seconds - Self.start.seconds
        }
        #expect(turns.allSatisfy { (27 * Self.day + 1...30 * Self.day).contains($0) })
        #expect(Set(turns).count > 190)
        #expect(
            turns
                == (0..<200).map { number in
                    schedule.rotatesAt(activatedAt: Self.start, kid: "key-\(number)").seconds - Self.start.seconds
                })
    }

    @Test func eachStepIsDueFromItsMomentOnAndNoSooner() {
        let schedule = KeySchedule.standard
        let active = Self.life("a", .active, activated: 0)
        let turn = schedule.rotatesAt(activatedAt: Self.start, kid: "a").seconds - Self.start.seconds
        let prepares = turn - Self.day - KeySchedule.preparation
        func step(_ successor: KeyLife?, _ at: Int64) -> RingStep? {
            schedule.step(active: active, successor: successor, at: Self.start + at)
        }
        #expect(step(nil, prepares - 1) == nil)
        #expect(step(nil, prepares) == .prepare)
        let pending = Self.life("b", .pending, created: prepares)
        #expect(step(pending, prepares + 119) == nil)
        #expect(step(pending, prepares + 120) == .publish)
        let next = Self.life("b", .next, created: prepares, published: prepares + 120)
        #expect(step(next, turn - 1) == nil)
        #expect(step(next, turn) == .activate)
        #expect(schedule.step(active: nil, successor: next, at: Self.start + turn) == nil)
    }

    @Test func aVersionThatIsLateIsStillPublishedForItsWholeLead() {
        let schedule = KeySchedule.standard
        let active = Self.life("a", .active, activated: 0)
        let late = 40 * Self.day
        let next = Self.life("b", .next, created: late - 120, published: late)
        #expect(schedule.step(active: active, successor: next, at: Self.start + (late + Self.day - 1)) == nil)
        #expect(schedule.step(active: active, successor: next, at: Self.start + (late + Self.day)) == .activate)
    }

    // MARK: In a store

    /// Ticks every quarter of an hour for so many days, and keeps an old token for each hour.
    @Test func aRingGoesThroughThreeTurnsByItselfAndNoLivingTokenIsRefused() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        var living: [(token: String, madeAt: Timestamp)] = []
        var checked = 0
        for hour in 0..<(24 * 95) {
            installation.time.advance(seconds: 3600)
            let changed = try await installation.keys.tick()
            // The longest life that a token may have.
            living.removeAll { installation.time.now >= $0.madeAt + KeyTimings.longestTokenLifetime }
            guard !changed.isEmpty || hour % 240 == 0 else { continue }
            living.append((try await installation.token(), installation.time.now))
            for entry in living {
                let refusal = try await installation.refusal(of: entry.token)
                #expect(refusal == nil, "made \(entry.madeAt), asked \(installation.time.now)")
                checked += 1
            }
        }
        #expect(checked > 30)
        for ring in [Installation.issuerRing, Installation.ordersRing] {
            let versions = try await installation.keys.list().filter { $0.ring == ring }
            #expect(versions.count >= 4)
            #expect(versions.filter { $0.state == .active }.count == 1)
            for (earlier, later) in zip(versions, versions.dropFirst()) {
                // Known to everybody before it was used, and never two at once.
                guard let published = later.lifecycle.publishedAt, let activated = later.activatedAt else { continue }
                #expect(activated >= published + Self.day)
                #expect(earlier.lifecycle.supersededAt == activated)
            }
        }
        let actions = Set(try await installation.audit().map { "\($0.actor) \($0.action)" })
        #expect(
            actions.isSuperset(of: [
                "system key.prepare", "system key.publish", "system key.rotate", "system key.supersede",
                "system key.retire", "system key.destroy",
            ]))
    }

    @Test func aVersionMadeAheadIsUsedByTheNextRotation() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let made = try #require(try await installation.keys.prepare(.all, actor: "alice").first)
        #expect(made.state == .pending)
        #expect(await keyError { try await installation.keys.prepare(.all, actor: "alice") } == .transitionRefused)
        installation.time.advance(seconds: KeySchedule.preparation)
        #expect(try await installation.keys.tick().map(\.state) == [.next])
        #expect(try await installation.keys.load().publishedJWKS.keys.compactMap(\.kid).contains(made.kid))
        let rotated = try await installation.keys.rotate(.all, actor: "alice")
        #expect(rotated.map(\.kid) == [made.kid])
        #expect(try await installation.keys.list().map(\.state) == [.retiring, .active])
    }

    @Test func anEmergencyRevokesWhatWasActiveAndUsesWhatWaits() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let old = try await installation.token()
        let made = try await installation.keys.prepare(.ring(Installation.issuerRing.id), actor: "alice")
        let recorded = Recorded()
        let rotated = try await installation.keys.rotate(
            .all, actor: "alice", mode: .emergency(reason: "leak") { kid, _ in recorded.add(kid) })
        #expect(rotated.first { $0.ring == Installation.issuerRing }?.kid == made.first?.kid)
        let states = try await installation.keys.list().map(\.state)
        #expect(states.sorted { $0.rawValue < $1.rawValue } == [.active, .active, .revoked, .revoked])
        #expect(recorded.all.count == 2)
        #expect(try await installation.refusal(of: old) != nil)
        #expect(try await installation.refusal(of: try await installation.token()) == nil)
        #expect(try await installation.keys.load().lastPublishedRevocation == installation.time.now)
    }

    @Test func anEmergencyRevokesWhatIsRetiringToo() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        let old = try await installation.token()
        _ = try await installation.keys.rotate(.all, actor: "alice")
        #expect(try await installation.refusal(of: old) == nil)
        let recorded = Recorded()
        _ = try await installation.keys.rotate(
            .all, actor: "alice", mode: .emergency(reason: "leak") { kid, _ in recorded.add(kid) })
        #expect(recorded.all.count == 4)
        #expect(try await installation.refusal(of: old) != nil)
        let states = try await installation.keys.list().map(\.state)
        #expect(states.count { $0 == .revoked } == 4 && states.count { $0 == .active } == 2)
    }

    @Test func anEmergencyRevokesWhatNoAPIUsesAnyMore() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.macRing)
        try await installation.database.write { connection in
            try installation.keys.supersedeRings(except: [Installation.issuerRing], actor: "alice", on: connection)
        }
        let rotated = try await installation.keys.rotate(
            .ring(Installation.macRing.id), actor: "alice", mode: .emergency(reason: "leak") { _, _ in })
        #expect(rotated.isEmpty)
        let mac = try await installation.keys.list().filter { $0.ring == Installation.macRing }
        #expect(mac.map(\.state) == [.revoked])
        #expect(try await installation.active(Installation.issuerRing) != nil)
    }

    @Test func aRingThatNothingNeedsLosesWhatWaits() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.ordersRing)
        _ = try await installation.keys.prepare(.all, actor: "alice")
        try await installation.database.write { connection in
            try installation.keys.supersedeRings(except: [Installation.issuerRing], actor: "alice", on: connection)
        }
        let states = try await installation.keys.list().map { "\($0.ring.purpose.rawValue) \($0.state.rawValue)" }
        #expect(
            states == [
                "encryption retiring", "encryption revoked", "access-signing active", "access-signing pending",
            ])
        try await installation.ensure(Installation.ordersRing)
        #expect(try await installation.active(Installation.ordersRing)?.number == 3)
    }

    @Test(arguments: [false, true])
    func onlyADiscardedVersionThatWasPublishedCountsAsRevoked(isPublished: Bool) async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        _ = try await installation.keys.prepare(.all, actor: "alice")
        if isPublished {
            installation.time.advance(seconds: KeySchedule.preparation)
            #expect(try await installation.keys.tick().map(\.state) == [.next])
        }
        try await installation.database.write { connection in
            try installation.keys.supersedeRings(except: [], actor: "alice", on: connection)
        }
        #expect(try await installation.keys.list().map(\.state) == [.retiring, .revoked])
        let last = try await installation.keys.load().lastPublishedRevocation
        #expect(last == (isPublished ? installation.time.now : nil))
    }

    @Test func aVersionThatSomebodyElseMovedOnIsNotMovedTwice() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        let stored = try #require(try await installation.database.read { try KeyRows.all(on: $0).first })
        _ = try await installation.keys.rotate(.all, actor: "alice")
        let code = await keyError {
            try await installation.database.write { connection in
                _ = try installation.keys.apply(.revoke, to: stored, at: installation.time.now, on: connection)
            }
        }
        #expect(code == .transitionRefused)
    }

    // MARK: The timeline

    @Test func theTimelineShowsWhatWasAndWhatIsPlanned() async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing)
        _ = try await installation.keys.rotate(.all, actor: "alice", tokenLifetime: 300)
        let timeline = try #require(try await installation.keys.timeline().first)
        #expect(timeline.versions.map(\.state) == [.retiring, .active, nil])
        let lines = timeline.versions.map { $0.events.map { "\($0.what.rawValue)\($0.isPlanned ? "?" : "")" } }
        #expect(
            lines == [
                ["created", "published", "activated", "superseded", "retired?", "destroyed?"],
                ["created", "published", "activated", "superseded?", "retired?", "destroyed?"],
                ["created?", "published?", "activated?"],
            ])
        // What is planned comes true.
        let planned = try #require(timeline.versions.last?.events.last?.at)
        installation.time.advance(seconds: planned.seconds - installation.time.now.seconds - Self.day)
        while try await installation.active(Installation.issuerRing)?.number == 2 {
            try await installation.keys.tick()
            installation.time.advance(seconds: 60)
            try #require(installation.time.now < planned + 2 * Self.day)
        }
        let active = try #require(try await installation.active(Installation.issuerRing))
        #expect(abs((active.activatedAt ?? Self.start).seconds - planned.seconds) <= Self.day + 300)
    }

    // MARK: Export

    @Test(
        arguments: [("RSA-OAEP-256", nil), ("ECDH-ES", "X25519"), ("ECDH-ES+A256KW", "P-256")] as [(String, String?)])
    func aKeyIsExportedToAPublicKeyOnly(algorithm: String, curve: String?) async throws {
        let installation = try await Installation()
        try await installation.ensure(Installation.issuerRing, Installation.macRing)
        let recipient = try JWK.generate(algorithm: algorithm, curve: curve)
        let publicKey = try #require(recipient.publicJWK())
        for version in try await installation.keys.list() {
            let token = try await installation.keys.export(kid: version.kid, to: publicKey, actor: "alice")
            let opened = try JWE.decrypt(token, key: DecryptionKey(recipient))
            #expect(opened.header["cty"]?.stringValue == "jwk+json")
            let jwk = try JWK(parsing: opened.plaintext)
            #expect(jwk.isPrivate && jwk.kid == version.kid)
        }
        let exports = try await installation.audit().filter { $0.action == "key.export" }
        #expect(exports.count == 2)
        #expect(exports.allSatisfy { $0.detail.contains(publicKey.thumbprint()) })
        let secret = try JWK.generate(algorithm: "A256KW")
        let kid = try #require(try await installation.keys.list().first?.kid)
        #expect(
            await keyError {
                try await installation.keys.export(kid: kid, to: secret, actor: "alice")
            } == .recipientInvalid)
        #expect(
            await keyError {
                try await installation.keys.export(kid: "unknown", to: publicKey, actor: "alice")
            } == .kidUnknown)
    }
}

/// What a closure was called with.
final class Recorded: Sendable {
    private let kids = Mutex<[String]>([])

    func add(_ kid: String) { kids.withLock { $0.append(kid) } }
    var all: [String] { kids.withLock { $0 } }
}
