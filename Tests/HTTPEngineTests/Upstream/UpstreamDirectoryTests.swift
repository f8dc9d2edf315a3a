import Synchronization
import Testing

@testable import HTTPEngine

@Suite struct UpstreamDirectoryTests {
    @Test("Gives one number per address and knows literal addresses at once")
    func literals() throws {
        let directory = UpstreamDirectory()
        let mailbox = try Mailbox(capacity: 4)
        for host in ["127.0.0.1", "::1"] {
            let first = directory.identifier(for: UpstreamAddress(host: host, port: 80))
            let again = directory.identifier(for: UpstreamAddress(host: host, port: 80))
            let other = directory.identifier(for: UpstreamAddress(host: host, port: 81))
            #expect(first == again)
            #expect(first != other)
            guard case .known(let addresses) = directory.addresses(of: first, now: 0, notify: mailbox) else {
                Issue.record("a literal had to be looked up")
                return
            }
            #expect(addresses.count == 1)
            #expect(addresses.first?.peer.port == 80)
            #expect(addresses.first?.peer.isIPv6 == (host == "::1"))
        }
    }

    @Test("Looks a name up once for all who wait, tells them, and keeps an old answer when a later look-up fails")
    func names() async throws {
        let calls = Mutex(0)
        let directory = UpstreamDirectory(timeToLive: .seconds(30), failureTimeToLive: .seconds(1)) { _ in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            return call == 1
                ? SocketAddress.resolve(UpstreamAddress(host: "127.0.0.1", port: 9), numericOnly: true) : []
        }
        let mailbox = try Mailbox(capacity: 4)
        let upstream = directory.identifier(for: UpstreamAddress(host: "name.invalid", port: 9))
        let now = LoopTime.current.nanoseconds
        guard case .pending = directory.addresses(of: upstream, now: now, notify: mailbox) else {
            Issue.record("a name was known before it was looked up")
            return
        }
        _ = directory.addresses(of: upstream, now: now, notify: mailbox)
        var told: [Mailbox.Message] = []
        for _ in 0..<500 where told.isEmpty {
            try await Task.sleep(for: .milliseconds(10))
            told = mailbox.take()
        }
        #expect(told.count == 1)
        #expect(calls.withLock { $0 } == 1)
        for _ in 0..<2 {
            guard case .known = directory.addresses(of: upstream, now: now + 40_000_000_000, notify: mailbox) else {
                Issue.record("the old answer was forgotten")
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("Refuses a number it never gave")
    func unknown() throws {
        guard
            case .failed = UpstreamDirectory().addresses(
                of: UpstreamID(index: 3), now: 0, notify: try Mailbox(capacity: 1))
        else {
            Issue.record("an unknown upstream had addresses")
            return
        }
    }
}
