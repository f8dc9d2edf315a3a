#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A moment in whole seconds since 1970, in the forms that AWS writes.
struct AWSTime: Sendable, Hashable, Comparable {
    let seconds: Int64

    init(seconds: Int64) {
        self.seconds = seconds
    }

    static var now: AWSTime { AWSTime(seconds: Int64(time(nil))) }

    /// Reads `2026-11-28T15:32:55Z`, with or without a fraction, which is dropped. Nil for anything else.
    init?(_ text: String) {
        let octets = Array(text.utf8)
        guard (20...40).contains(octets.count), octets.last == UInt8(ascii: "Z") else { return nil }
        for (octet, pattern) in zip(octets, "0000-00-00T00:00:00".utf8) {
            guard pattern == UInt8(ascii: "0") ? Self.isDigit(octet) : octet == pattern else { return nil }
        }
        let fraction = octets[19...].dropLast()
        guard fraction.isEmpty || (fraction.first == UInt8(ascii: ".") && fraction.dropFirst().allSatisfy(Self.isDigit))
        else { return nil }
        func number(_ range: Range<Int>) -> Int32 {
            octets[range].reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
        }
        var parts = unsafe tm()
        unsafe parts.tm_year = number(0..<4) - 1900
        unsafe parts.tm_mon = number(5..<7) - 1
        unsafe parts.tm_mday = number(8..<10)
        unsafe parts.tm_hour = number(11..<13)
        unsafe parts.tm_min = number(14..<16)
        unsafe parts.tm_sec = number(17..<19)
        // The call reads and normalises the structure, and keeps nothing.
        seconds = Int64(unsafe timegm(&parts))
        // What the call had to normalise was no date.
        guard String(decoding: octets[..<19].filter { Self.isDigit($0) }, as: UTF8.self) == digits else { return nil }
    }

    /// `20150830T123600Z`, as `X-Amz-Date` has it.
    var timestamp: String { "\(date)T\(digits.dropFirst(8))Z" }

    /// `20150830`.
    var date: String { String(digits.prefix(8)) }

    static func < (left: AWSTime, right: AWSTime) -> Bool { left.seconds < right.seconds }

    /// Year, month, day, hour, minute, second.
    private var digits: String {
        var moment = time_t(seconds)
        var parts = unsafe tm()
        // The call writes the second structure only. It fails for years beyond 32 bits, and leaves zeros.
        unsafe gmtime_r(&moment, &parts)
        func padded(_ value: Int32, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return unsafe padded(parts.tm_year &+ 1900, 4) + padded(parts.tm_mon &+ 1, 2) + padded(parts.tm_mday, 2)
            + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
}
