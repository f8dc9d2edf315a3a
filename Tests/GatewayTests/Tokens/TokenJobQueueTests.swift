import Resources
import Testing

@testable import Gateway
@testable import HTTPEngine

@Suite struct TokenJobQueueTests {
    private let mailbox: Mailbox
    private let keys: TokenKeys
    private let start = ContinuousClock.now

    init() throws {
        mailbox = try Mailbox(capacity: 4096)
        let world = try TestWorld(profile: .symmetric)
        keys = try world.compiled(world.apis[0]).keys
    }

    /// A request of client `client` with token `token`; its ticket has the number `ticket`.
    private func job(
        _ token: UInt64, client: UInt64 = 1, ticket: UInt32 = 0, epoch: UInt64 = 1, policy: UInt64 = 1,
        deadline: Duration = .seconds(2)
    ) -> TokenJob {
        TokenJob(
            token: [],
            flight: TokenJob.Flight(
                key: TokenCache.Key(digest: TokenDigest(words: SIMD4(repeating: token)), policyID: policy),
                epoch: epoch),
            keys: keys,
            ticket: ResumeTicket(
                mailbox: mailbox, exchange: ExchangeID(index: 0, generation: ticket), parking: ticket),
            deadline: start.advanced(by: deadline),
            client: ClientNetwork(PeerAddress(octets: (0, client), isIPv6: false, port: UInt16(ticket))))
    }

    /// A queue by reference, since expectations can't change values.
    private final class Queue {
        private var queue: TokenJobQueue

        init(jobs: Int, perClient: Int) {
            queue = TokenJobQueue(limits: TokenJobQueue.Limits(jobs: jobs, jobsPerClient: perClient))
        }

        var count: Int { queue.count }
        var waiting: Int { queue.waiting }

        func add(_ job: TokenJob) -> TokenJobQueue.Admission { queue.add(job) }
        func next(now: ContinuousClock.Instant) -> TokenJob? { queue.next(now: now) }
        func finish(_ job: TokenJob) -> [ResumeTicket] { queue.finish(job) }
    }

    private func queue(jobs: Int = 4, perClient: Int = 4) -> Queue { Queue(jobs: jobs, perClient: perClient) }

    @Test func tokensAreOpenedInTheOrderOfTheirArrival() {
        let queue = queue()
        for token in 1...3 as ClosedRange<UInt64> { #expect(queue.add(job(token)) == .queued) }
        #expect((0..<4).map { _ in queue.next(now: start)?.flight } == [1, 2, 3].map { job($0).flight } + [nil])
    }

    @Test func whoBringsATokenOnItsWayWaitsWithTheOthers() throws {
        let queue = queue()
        #expect(queue.add(job(1, ticket: 1)) == .queued)
        #expect(queue.add(job(1, client: 2, ticket: 2)) == .joined)
        let running = try #require(queue.next(now: start))
        #expect(queue.add(job(1, ticket: 3)) == .joined, "also when it is being opened")
        #expect(queue.next(now: start)?.flight == nil)
        #expect(queue.finish(running).map(\.parking) == [1, 2, 3])
        #expect(queue.count == 0 && queue.waiting == 0)
        #expect(queue.add(job(1)) == .queued)
    }

    @Test func anotherPolicyOrSnapshotIsAnotherFlight() {
        let queue = queue()
        #expect(queue.add(job(1)) == .queued)
        #expect(queue.add(job(1, policy: 2)) == .queued)
        #expect(queue.add(job(1, epoch: 2)) == .queued)
    }

    @Test func placesAreBoundedAndFreeAgainWhenTheirTokenIsDone() throws {
        let queue = queue(jobs: 2)
        #expect(queue.add(job(1, client: 1)) == .queued)
        #expect(queue.add(job(2, client: 2)) == .queued)
        #expect(queue.add(job(3, client: 3)) == .refused(.full))
        let running = try #require(queue.next(now: start))
        #expect(queue.add(job(3, client: 3)) == .refused(.full), "what is being opened counts")
        _ = queue.finish(running)
        #expect(queue.add(job(3, client: 3)) == .queued)
    }

    @Test func oneClientTakesNoMoreThanItsShare() throws {
        let queue = queue(jobs: 4, perClient: 2)
        #expect(queue.add(job(1, ticket: 1)) == .queued)
        #expect(queue.add(job(2, ticket: 2)) == .queued)
        #expect(queue.add(job(3, ticket: 3)) == .refused(.clientFull), "its ports make no other client of it")
        #expect(queue.add(job(3, client: 2)) == .queued)
        #expect(queue.add(job(3, ticket: 4)) == .joined, "a token on its way costs no place")
        _ = queue.finish(try #require(queue.next(now: start)))
        #expect(queue.add(job(4)) == .queued)
    }

    @Test func requestsThatWaitAreBoundedToo() {
        let queue = queue(jobs: 3, perClient: 2)
        let admitted = (0..<100 as Range<UInt32>).filter {
            queue.add(job(1, ticket: $0)) != .refused(.clientWaitingFull)
        }
        #expect(admitted.count == 2 * TokenJobQueue.Limits.requestsPerJob)
        let others = (0..<100 as Range<UInt32>).filter {
            queue.add(job(1, client: 2, ticket: $0)) != .refused(.waitingFull)
        }
        #expect(others.count == TokenJobQueue.Limits.requestsPerJob)
        #expect(queue.waiting == 3 * TokenJobQueue.Limits.requestsPerJob)
    }

    @Test func aTokenThatNobodyWaitsForAnyMoreIsDropped() throws {
        let queue = queue(jobs: 2)
        #expect(queue.add(job(1, deadline: .seconds(1))) == .queued)
        #expect(queue.add(job(2, deadline: .seconds(1))) == .queued)
        #expect(queue.add(job(2, client: 2, deadline: .seconds(3))) == .joined)
        let late = start.advanced(by: .seconds(2))
        #expect(try #require(queue.next(now: late)).flight == job(2).flight)
        #expect(queue.count == 1)
        #expect(queue.next(now: late)?.flight == nil)
    }

    @Test func manyTurnsLeaveNothingBehind() throws {
        let queue = queue(jobs: 200, perClient: 200)
        for turn in 0..<1000 as Range<UInt64> {
            #expect(queue.add(job(turn)) == .queued)
            if turn < 100 { continue }
            #expect(queue.finish(try #require(queue.next(now: start))).count == 1)
        }
        while let job = queue.next(now: start) { _ = queue.finish(job) }
        #expect(queue.count == 0 && queue.waiting == 0)
    }
}

@Suite struct ClientNetworkTests {
    private func network(_ high: UInt64, _ low: UInt64, isIPv6: Bool, port: UInt16 = 1) -> ClientNetwork {
        ClientNetwork(PeerAddress(octets: (high, low), isIPv6: isIPv6, port: port))
    }

    @Test func anAddressIsOneClientWhateverItsPort() {
        let one = network(0, 0x7f00_0001, isIPv6: false)
        #expect(one == network(0, 0x7f00_0001, isIPv6: false, port: 2))
        #expect(one == network(0, 0xffff_7f00_0001, isIPv6: true), "mapped into IPv6")
        #expect(one != network(0, 0x7f00_0002, isIPv6: false))
    }

    @Test func anIPv6ClientIsItsNetwork() {
        let one = network(0x2001_0db8_0000_0001, 5, isIPv6: true)
        #expect(one == network(0x2001_0db8_0000_0001, 6, isIPv6: true))
        #expect(one != network(0x2001_0db8_0000_0002, 5, isIPv6: true))
    }
}
