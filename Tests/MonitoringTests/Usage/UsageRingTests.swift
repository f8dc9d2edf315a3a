import Testing

@testable import Monitoring

@Suite struct UsageRingTests {
    private func event(_ number: UInt64) -> UsageEvent {
        var event = UsageEvent()
        event.requestBytes = number
        return event
    }

    @Test func eventsComeOutInOrder() {
        let ring = UsageRing(capacity: 4)
        for number in 1...3 as ClosedRange<UInt64> { #expect(ring.push(event(number))) }
        #expect((1...3).map { _ in ring.pop()?.requestBytes } == [1, 2, 3])
        #expect(ring.pop() == nil)
    }

    @Test func aFullRingCountsWhatItDropsAndKeepsWhatItHas() {
        let ring = UsageRing(capacity: 4)
        for number in 1...6 as ClosedRange<UInt64> { ring.push(event(number)) }
        #expect(ring.dropped == 2)
        #expect((1...4).map { _ in ring.pop()?.requestBytes } == [1, 2, 3, 4])
        #expect(ring.push(event(7)))
        #expect(ring.pop()?.requestBytes == 7)
    }

    @Test func capacityIsRoundedUpToAPowerOfTwoWithinBounds() {
        for (asked, given) in [(0, 2), (3, 4), (4, 4), (5, 8)] {
            let ring = UsageRing(capacity: asked)
            var taken = 0
            while ring.push(UsageEvent()) { taken += 1 }
            #expect(taken == given)
        }
    }

    @Test func aProducerAndAConsumerOnTwoThreadsLoseNothingUncounted() async {
        let ring = UsageRing(capacity: 64)
        let total: UInt64 = 200_000
        async let produced: Void = Task.detached {
            for number in 1...total { ring.push(self.event(number)) }
        }.value
        let consumer = Task.detached {
            var received: UInt64 = 0
            var last: UInt64 = 0
            var isOrdered = true
            while received + ring.dropped < total {
                guard let event = ring.pop() else {
                    await Task.yield()
                    continue
                }
                isOrdered = isOrdered && event.requestBytes > last
                last = event.requestBytes
                received += 1
            }
            return (received, isOrdered)
        }
        await produced
        let (received, isOrdered) = await consumer.value
        #expect(received + ring.dropped == total)
        #expect(isOrdered)
    }
}
