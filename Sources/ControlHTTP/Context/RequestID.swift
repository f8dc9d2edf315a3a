/// The name of one request, in logs and in the `X-Request-Id` fields of request and response.
///
/// A caller's id is kept when it is harmless (1 to 64 of `A-Z a-z 0-9 . _ -`), so that one id follows a call through
/// several programs; anything else is replaced, so that a log line never carries bytes that a stranger chose freely.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// The id's text.
    package let description: String

    /// A fresh id of 128 random bits, as 32 hexadecimal digits.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        for _ in 0..<2 {
            let word = generator.next()
            for shift in stride(from: 60, through: 0, by: -4) {
                text.append(digits[Int(truncatingIfNeeded: (word >> UInt64(shift)) & 15)])
            }
        }
        description = String(decoding: text, as: UTF8.self)
    }

    /// The caller's id if it may be kept, else nil.
    package init?(offered: String) {
        let bytes = offered.utf8
        guard (1...64).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        description = offered
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
