import Testing

@testable import signet

@Suite("The supervisor's decisions")
struct SupervisorStateTests {
    /// A supervisor whose worker serves since `time`.
    private func serving(at time: Int64 = 0) -> SupervisorState {
        var state = SupervisorState()
        _ = state.handle(.started, at: time)
        _ = state.handle(.ready, at: time)
        return state
    }

    @Test("The addresses are told when the first worker serves, and never again")
    func announcesOnce() {
        var state = SupervisorState()
        #expect(state.handle(.started, at: 0) == .none)
        #expect(state.handle(.ready, at: 10) == .announce)
        #expect(state.handle(.ended(.killed(signal: 9)), at: 20) == .startWorker)
        #expect(state.handle(.started, at: 20) == .none)
        #expect(state.handle(.ready, at: 30) == .none)
    }

    @Test(
        "A worker that ends by itself is replaced at once, however it ended",
        arguments: [SupervisorState.End.killed(signal: 9), .killed(signal: 4), .exited(0), .exited(1), .exited(78)])
    func endIsAnswered(end: SupervisorState.End) {
        var state = serving()
        #expect(state.handle(.ended(end), at: 5) == .startWorker)
        #expect(state.restarts == 1)
    }

    @Test("A worker that never served ends the service with its own status", arguments: [78, 69, 1] as [Int32])
    func failedStart(status: Int32) {
        var state = SupervisorState()
        _ = state.handle(.started, at: 0)
        #expect(state.handle(.ended(.exited(status)), at: 5) == .exit(status))
    }

    @Test(
        "A worker that was killed or left without a word before it ever served is a bug",
        arguments: [SupervisorState.End.killed(signal: 11), .exited(0)])
    func crashedStart(end: SupervisorState.End) {
        var state = SupervisorState()
        _ = state.handle(.started, at: 0)
        #expect(state.handle(.ended(end), at: 5) == .exit(70))
    }

    @Test("A restarted worker that fails to start is tried again, ever more slowly")
    func failedRestart() {
        var state = serving()
        for _ in 0..<4 {
            #expect(state.handle(.ended(.exited(69)), at: 100) == .startWorker)
            _ = state.handle(.started, at: 100)
        }
        // Nobody should wait for what does not come.
        #expect(state.handle(.ended(.exited(69)), at: 100) == .refuseConnections)
        #expect(state.deadline == 200)
        #expect(state.handle(.deadlinePassed, at: 199) == .none)
        #expect(state.handle(.deadlinePassed, at: 200) == .startWorker)
    }

    @Test("A service whose workers say again and again that they can't start ends, and no sooner")
    func hopelessRestart() {
        var state = serving()
        var time: Int64 = 100
        var actions: [SupervisorState.Action] = []
        for _ in 0..<6 {
            var action = state.handle(.ended(.exited(78)), at: time)
            if action == .refuseConnections {
                time = state.deadline ?? time
                action = state.handle(.deadlinePassed, at: time)
            }
            actions.append(action)
            _ = state.handle(.started, at: time)
        }
        #expect(actions == [.startWorker, .startWorker, .startWorker, .startWorker, .startWorker, .exit(78)])
    }

    @Test("A service goes on as long as its workers may come to start", arguments: [69, 70, 1] as [Int32])
    func hopefulRestart(status: Int32) {
        var state = serving()
        for time in 0..<50 as Range<Int64> {
            let action = state.handle(.ended(.exited(status)), at: time * 10_000)
            if action != .startWorker {
                #expect(action == .refuseConnections)
                #expect(state.handle(.deadlinePassed, at: time * 10_000 + 5_000) == .startWorker)
            }
            _ = state.handle(.started, at: time * 10_000 + 5_000)
        }
    }

    @Test("A stop drains the worker, and its clean end is a clean end")
    func stopDrains() {
        var state = serving()
        #expect(state.handle(.stopRequested, at: 10) == .drainWorker)
        #expect(state.handle(.ended(.exited(0)), at: 20) == .exit(0))
    }

    @Test("A worker that the stop reached before its handler stood has ended well, while starting and while serving")
    func stopBeforeHandler() {
        var starting = SupervisorState()
        _ = starting.handle(.started, at: 0)
        _ = starting.handle(.stopRequested, at: 10)
        #expect(starting.handle(.ended(.killed(signal: 15)), at: 20) == .exit(0))
        var restarting = serving()
        _ = restarting.handle(.ended(.killed(signal: 9)), at: 5)
        _ = restarting.handle(.started, at: 5)
        _ = restarting.handle(.stopRequested, at: 10)
        #expect(restarting.handle(.ended(.killed(signal: 15)), at: 20) == .exit(0))
    }

    @Test(
        "A worker that ends otherwise while it drains is a bug",
        arguments: [SupervisorState.End.killed(signal: 9), .killed(signal: 11), .exited(1), .exited(70)])
    func badEndWhileDraining(end: SupervisorState.End) {
        var state = serving()
        _ = state.handle(.stopRequested, at: 10)
        #expect(state.handle(.ended(end), at: 20) == .exit(70))
    }

    @Test("A worker that someone else ends by SIGTERM is replaced")
    func foreignTermination() {
        var state = serving()
        #expect(state.handle(.ended(.killed(signal: 15)), at: 5) == .startWorker)
    }

    @Test(
        "A second stop does not wait for the drain, and is a clean end however the worker takes it",
        arguments: [SupervisorState.End.killed(signal: 9), .killed(signal: 15), .exited(0), .exited(1)])
    func secondStopKills(end: SupervisorState.End) {
        var state = serving()
        _ = state.handle(.stopRequested, at: 10)
        #expect(state.handle(.stopRequested, at: 11) == .killWorker)
        #expect(state.handle(.ended(end), at: 12) == .exit(0))
    }

    @Test("A worker that outlives the second stop is killed again, each second and at each further stop")
    func secondStopIsRepeated() {
        var state = serving()
        _ = state.handle(.stopRequested, at: 10)
        _ = state.handle(.stopRequested, at: 11)
        #expect(state.deadline == 1011)
        #expect(state.handle(.deadlinePassed, at: 1010) == .none)
        #expect(state.handle(.deadlinePassed, at: 1011) == .killWorker)
        #expect(state.handle(.stopRequested, at: 1500) == .killWorker)
        #expect(state.deadline == 2500)
        #expect(state.handle(.ended(.killed(signal: 9)), at: 1510) == .exit(0))
    }

    @Test("A drain that takes too long is cut off")
    func drainIsBounded() {
        var state = SupervisorState(limits: .init(start: 1000, drain: 500))
        _ = state.handle(.started, at: 0)
        _ = state.handle(.ready, at: 0)
        _ = state.handle(.stopRequested, at: 10)
        #expect(state.deadline == 510)
        #expect(state.handle(.deadlinePassed, at: 510) == .killWorker)
    }

    @Test("A worker that does not come to serve is cut off")
    func startIsBounded() {
        var state = SupervisorState(limits: .init(start: 1000, drain: 500))
        _ = state.handle(.started, at: 0)
        #expect(state.deadline == 1000)
        #expect(state.handle(.deadlinePassed, at: 1000) == .killWorker)
    }

    @Test("A worker that was killed for its deadline has a second to go, and is killed again after it")
    func killIsNotRepeatedAtOnce() {
        var draining = SupervisorState(limits: .init(start: 1000, drain: 500))
        _ = draining.handle(.started, at: 0)
        _ = draining.handle(.ready, at: 0)
        _ = draining.handle(.stopRequested, at: 10)
        var starting = SupervisorState(limits: .init(start: 510, drain: 500))
        _ = starting.handle(.started, at: 0)
        for var state in [draining, starting] {
            #expect(state.handle(.deadlinePassed, at: 515) == .killWorker)
            #expect(state.deadline == 1515)
            #expect(state.handle(.deadlinePassed, at: 1514) == .none)
            #expect(state.handle(.deadlinePassed, at: 1515) == .killWorker)
            #expect(state.handle(.ended(.killed(signal: 9)), at: 1520) == .exit(70))
        }
    }

    @Test("A stop before any worker, or between two, ends at once")
    func stopWithoutWorker() {
        var fresh = SupervisorState()
        #expect(fresh.handle(.stopRequested, at: 0) == .exit(0))
        var resting = serving()
        for _ in 0..<5 {
            _ = resting.handle(.ended(.killed(signal: 9)), at: 0)
            if resting.isRestarting, resting.deadline != 0 { break }
            _ = resting.handle(.started, at: 0)
        }
        #expect(resting.handle(.stopRequested, at: 1) == .exit(0))
    }

    @Test("A stop while a worker starts reaches that worker")
    func stopWhileStarting() {
        var state = SupervisorState()
        _ = state.handle(.started, at: 0)
        #expect(state.handle(.stopRequested, at: 1) == .drainWorker)
        #expect(state.handle(.ready, at: 2) == .none)
        #expect(state.handle(.ended(.exited(0)), at: 3) == .exit(0))
    }

    @Test("No order of events leads anywhere but to a running service or an exit", arguments: 0..<64)
    func randomWalk(seed: UInt64) {
        var generator = SplitMix(state: seed)
        var state = SupervisorState()
        var now: Int64 = 0
        var hasWorker = false
        for _ in 0..<200 {
            now += Int64(generator.next() % 3000)
            let event: SupervisorState.Event
            switch generator.next() % 6 {
            case 0 where !hasWorker: event = .started
            case 1 where hasWorker: event = .ready
            case 2 where hasWorker: event = .ended(.killed(signal: 9))
            case 3 where hasWorker: event = .ended(.exited(0))
            case 4: event = .deadlinePassed
            case 5 where generator.next() % 16 == 0: event = .stopRequested
            default: continue
            }
            if event == .started { hasWorker = true }
            if case .ended = event { hasWorker = false }
            let action = state.handle(event, at: now)
            // A worker is only ever asked for when there is none, and only a living one is told anything.
            if action == .startWorker { #expect(!hasWorker) }
            if action == .drainWorker { #expect(hasWorker) }
            if case .exit = action {
                #expect(!hasWorker)
                return
            }
        }
    }
}

/// A small generator with a seed, so that a failing walk can be walked again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
