/// The 128-bit id of one request: in the upstream's `X-Request-Id`, in errors with a 5xx status, in logs and events.
package struct RequestID: BitwiseCopyable, Sendable, Hashable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh random id.
    package static func random<G: RandomNumberGenerator>(using generator: inout G) -> RequestID {
        RequestID(high: generator.next(), low: generator.next())
    }

    /// 32 lower-case hexadecimal digits.
    package var description: String {
        String(decoding: (0..<Self.length).map(digit(at:)), as: UTF8.self)
    }

    /// How many digits ``description`` has.
    package static let length = 32

    /// The ASCII digit at `index` of ``description``, for writing without a string; `index` is below ``length``.
    package func digit(at index: Int) -> UInt8 {
        let word = index < 16 ? high : low
        let nibble = UInt8(truncatingIfNeeded: (word >> UInt64(60 - 4 * (index & 15))) & 15)
        return nibble < 10 ? 48 &+ nibble : 87 &+ nibble
    }
}
