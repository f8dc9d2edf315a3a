import Monitoring

/// Makes request ids for one loop: 64 random bits of the loop, then a counter under a random bijection.
///
/// Ids never repeat within a loop and collide between loops or starts with a chance of 2^-64 or less. They need not be
/// secret, and a system call per request would cost as much as routing does.
struct RequestIDSource {
    private let high: UInt64
    private let key: UInt64
    private let factor: UInt64
    private var counter: UInt64 = 0

    init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    init<G: RandomNumberGenerator>(using generator: inout G) {
        high = generator.next()
        key = generator.next()
        // Odd, so that multiplication has an inverse modulo 2^64 and no two counters meet.
        factor = generator.next() | 1
    }

    mutating func next() -> RequestID {
        counter &+= 1
        var low = (counter ^ key) &* factor
        low ^= low >> 31
        low = low &* factor
        low ^= low >> 29
        return RequestID(high: high, low: low)
    }
}
