import Store
import Testing

@testable import KeyManagement

@Suite("The life of a key version")
struct KeyLifecycleTests {
    static let start = Timestamp(seconds: 1000)
    static let end = start + 500
    /// Late enough for every wait to be over.
    static let late = end + 10 * KeyTimings.hold

    static let events: [KeyEvent] = [
        .publish, .activate, .supersede(opensUntil: late + 1), .expire, .destroy, .revoke,
    ]

    /// A life in each state, as it would have come there.
    static func life(_ state: KeyState, isDestroyed: Bool = false) -> KeyLifecycle {
        let retires: Timestamp? = [.retiring, .retired].contains(state) ? end : nil
        let destroys: Timestamp? = [.retired, .revoked].contains(state) ? end + KeyTimings.hold : nil
        return KeyLifecycle(
            state: state, createdAt: start, activatedAt: state == .pending || state == .next ? nil : start,
            retiresAt: retires, destroysAt: destroys, isDestroyed: isDestroyed)
    }

    /// Where each event leads from each state when its time has come; what is not here is refused.
    static let table: [KeyState: [String: KeyState]] = [
        .pending: ["be published": .next, "be revoked": .revoked],
        .next: ["become active": .active, "be revoked": .revoked],
        .active: ["be superseded": .retiring, "be revoked": .revoked],
        .retiring: ["be retired": .retired, "be revoked": .revoked],
        .retired: ["be destroyed": .retired, "be revoked": .revoked],
        .revoked: ["be destroyed": .revoked],
    ]

    @Test(arguments: KeyState.allCases, events)
    func everyEventInEveryStateGoesWhereTheTableSaysOrIsRefused(state: KeyState, event: KeyEvent) throws {
        var life = Self.life(state)
        let before = life
        if let target = Self.table[state]?[event.verb] {
            try life.apply(event, at: Self.late)
            #expect(life.state == target)
        } else {
            let error = #expect(throws: KeyError.self) { try life.apply(event, at: Self.late) }
            #expect(error?.code == .transitionRefused)
            #expect(life == before, "a refused event changes nothing")
        }
    }

    @Test(arguments: [KeyState.retired, .revoked], events)
    func aDestroyedVersionCanOnlyBeRevokedStill(state: KeyState, event: KeyEvent) throws {
        var life = Self.life(state, isDestroyed: true)
        let before = life
        if state == .retired, event == .revoke {
            try life.apply(event, at: Self.late)
            #expect(life.state == .revoked && life.isDestroyed)
        } else {
            #expect(throws: KeyError.self) { try life.apply(event, at: Self.late) }
            #expect(life == before)
        }
        #expect(life.dueEvent(at: Self.late) == nil)
    }

    // MARK: What time asks for

    /// What is due in each state, and from which moment on; in the others nothing ever is.
    static let due: [KeyState: (event: KeyEvent, from: Timestamp)] = [
        .retiring: (.expire, end), .retired: (.destroy, end + KeyTimings.hold),
        .revoked: (.destroy, end + KeyTimings.hold),
    ]

    /// A millisecond before, at and after each boundary, and both ends of time.
    static let moments: [Timestamp] =
        [start, end, end + KeyTimings.hold].flatMap { moment in
            [-1, 0, 1].map { moment.adding(milliseconds: $0) }
        } + [late, Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)]

    @Test(arguments: KeyState.allCases, moments)
    func anEventIsDueFromItsMomentOnAndNoSooner(state: KeyState, now: Timestamp) throws {
        let life = Self.life(state)
        let expected = Self.due[state].flatMap { now >= $0.from ? $0.event : nil }
        #expect(life.dueEvent(at: now) == expected)
        #expect(Self.life(state, isDestroyed: true).dueEvent(at: now) == (state == .retiring ? expected : nil))
    }

    @Test(arguments: KeyState.allCases, moments)
    func whatIsDueIsAllowedAndWhatIsNotDueYetIsRefused(state: KeyState, now: Timestamp) throws {
        guard let wait = Self.due[state] else { return }
        var life = Self.life(state)
        if life.dueEvent(at: now) != nil {
            try life.apply(wait.event, at: now)
            // Done once, it is not due again: a second process that applies it finds nothing to do.
            #expect(life.dueEvent(at: now) != wait.event)
        } else {
            let error = #expect(throws: KeyError.self) { try life.apply(wait.event, at: now) }
            #expect(error?.code == .transitionRefused)
            #expect(life == Self.life(state), "a refused event changes nothing")
        }
    }

    @Test(arguments: [KeyState.pending, .next, .active, .retiring])
    func aVersionInUseIsHeldForADayAfterItsRevocation(state: KeyState) throws {
        var life = Self.life(state)
        try life.apply(.revoke, at: Self.end)
        #expect(life.destroysAt == Self.end + KeyTimings.hold)
        #expect(life.dueEvent(at: Self.end + KeyTimings.hold) == .destroy)
    }

    @Test func aRetiredVersionIsHeldForADayAfterItsEnd() throws {
        var life = Self.life(.retiring)
        try life.apply(.expire, at: Self.end + 7)
        #expect(life.destroysAt == Self.end + 7 + KeyTimings.hold)
        try life.apply(.destroy, at: Self.end + 7 + KeyTimings.hold)
        #expect(life.isDestroyed)
    }

    @Test func aVersionThatEndsAtOnceIsDueAtOnce() throws {
        var life = Self.life(.active)
        try life.apply(.supersede(opensUntil: Self.end), at: Self.end)
        #expect(life.dueEvent(at: Self.end) == .expire)
    }

    @Test func aVersionCannotBeSupersededIntoThePast() {
        var life = Self.life(.active)
        #expect(throws: KeyError.self) {
            try life.apply(.supersede(opensUntil: Self.start.adding(milliseconds: -1)), at: Self.start)
        }
    }

    @Test func revokingARetiredVersionDoesNotProlongItsHold() throws {
        var life = Self.life(.retired)
        let planned = life.destroysAt
        try life.apply(.revoke, at: Self.late)
        #expect(life.destroysAt == planned)
    }

    @Test(arguments: 0..<50)
    func noWalkLeadsBackToUse(seed: Int) {
        var random = SplitMix(state: UInt64(seed) &* 7919 &+ 1)
        var now = Self.start
        var life = KeyLifecycle(createdAt: now)
        var wasOut = false
        for _ in 0..<200 {
            now = now + Int64(random.next() % 40_000)
            let events: [KeyEvent] = [
                .publish, .activate, .supersede(opensUntil: now + 300), .expire, .destroy, .revoke,
            ]
            let rank = Self.rank(life.state)
            try? life.apply(events[Int(random.next() % UInt64(events.count))], at: now)
            #expect(Self.rank(life.state) >= rank, "states only go forward")
            #expect(!(wasOut && life.state.opensTokens))
            #expect((life.state == .retiring) <= (life.retiresAt != nil))
            #expect(!life.isDestroyed || !life.state.opensTokens, "a key in use has its private half")
            wasOut = wasOut || !life.state.opensTokens
        }
    }

    static func rank(_ state: KeyState) -> Int { KeyState.allCases.firstIndex(of: state) ?? -1 }

    // MARK: Timings

    @Test(arguments: [0, -1, .min, KeyTimings.longestTokenLifetime + 1, .max] as [Int64])
    func aLifetimeOutOfBoundsIsRefused(lifetime: Int64) {
        let error = #expect(throws: KeyError.self) {
            try KeyTimings.lastUse(ofTokensMadeAt: Self.start, lifetime: lifetime)
        }
        #expect(error?.code == .timingRefused)
    }

    @Test(arguments: [1, 300, 86_400] as [Int64])
    func anOldVersionLivesAsLongAsItsLastTokenAndWhatIsForgiven(lifetime: Int64) throws {
        let end = try KeyTimings.lastUse(ofTokensMadeAt: Self.start, lifetime: lifetime)
        #expect(end.seconds - Self.start.seconds == lifetime + 30 + 60)
    }
}

/// A small generator with a seed, so that a failing walk can be walked again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Implication: false only when the left side holds and the right does not.
func <= (left: Bool, right: Bool) -> Bool { !left || right }
