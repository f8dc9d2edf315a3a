/// Where the data path leaves what it did: one ``UsageRing`` per loop, the names of their numbers, the refusals.
///
/// Made once at start and shared by the gateway (which writes) and the ``UsageDrain`` (which reads).
package final class UsageRecorder: Sendable {
    package let names: NameTable
    package let refusals: RefusalLog
    private let rings: [UsageRing]

    /// - Parameters:
    ///   - loops: how many event loops write.
    ///   - capacity: events per loop between two drains; the default holds 80,000 requests/s at 100 ms.
    package init(loops: Int, capacity: Int = 8192) {
        names = NameTable()
        refusals = RefusalLog()
        rings = (0..<max(1, loops)).map { _ in UsageRing(capacity: capacity) }
    }

    /// How many loops may write.
    package var loopCount: Int { rings.count }

    /// The ring of a loop; a number out of range shares none and returns nil.
    package func ring(loop: Int) -> UsageRing? {
        rings.indices.contains(loop) ? rings[loop] : nil
    }

    /// Events lost because a ring was full.
    package var dropped: UInt64 {
        rings.reduce(0) { $0 &+ $1.dropped }
    }

    /// Hands every waiting event to `body`, at most one ring's capacity per loop so that a flood can't hold it.
    package func drain(_ body: (UsageEvent) -> Void) {
        for ring in rings {
            var left = 1 << 20
            while left > 0, let event = ring.pop() {
                body(event)
                left -= 1
            }
        }
    }
}
