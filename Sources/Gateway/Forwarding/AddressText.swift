import HTTPEngine

/// An address as text, written without a string in between.
enum AddressText {
    /// Dotted decimal for IPv4 (also when mapped into IPv6); for IPv6 eight groups, not shortened: every parser takes
    /// them, and none needs to guess.
    static func write(_ peer: PeerAddress, into output: inout OutputBuffer) {
        octets(peer) { output.append($0) }
    }

    static func text(_ peer: PeerAddress) -> String {
        var bytes: [UInt8] = []
        octets(peer) { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func octets(_ peer: PeerAddress, _ append: (UInt8) -> Void) {
        let (high, low) = peer.octets
        guard peer.isIPv6, !(high == 0 && low >> 32 == 0xffff) else {
            for index in 0..<4 {
                decimal(UInt8(truncatingIfNeeded: low >> UInt64(24 - 8 * index)), append)
                if index < 3 { append(Octet.dot) }
            }
            return
        }
        for index in 0..<8 {
            let word = index < 4 ? high : low
            let group = UInt16(truncatingIfNeeded: word >> UInt64(48 - 16 * (index & 3)))
            hexadecimal(group, append)
            if index < 7 { append(UInt8(ascii: ":")) }
        }
    }

    private static func decimal(_ value: UInt8, _ append: (UInt8) -> Void) {
        if value >= 100 { append(48 &+ value / 100) }
        if value >= 10 { append(48 &+ value / 10 % 10) }
        append(48 &+ value % 10)
    }

    private static func hexadecimal(_ value: UInt16, _ append: (UInt8) -> Void) {
        var started = false
        for index in 0..<4 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt16(12 - 4 * index)) & 15
            started = started || digit != 0 || index == 3
            if started { append(digit < 10 ? 48 &+ digit : 87 &+ digit) }
        }
    }
}
