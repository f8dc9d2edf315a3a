/// Reading of a Host field's value.
enum HostName {
    /// How many octets of `host` are the name: without `:port` and without the root's closing dot.
    static func withoutPort(_ host: Span<UInt8>) -> Int {
        var end = host.count
        if end > 0, host[0] == UInt8(ascii: "[") {
            // An IPv6 literal: colons inside the brackets are not a port's.
            for index in 0..<end where host[index] == UInt8(ascii: "]") { return index + 1 }
            return end
        }
        for index in 0..<end where host[index] == UInt8(ascii: ":") {
            end = index
            break
        }
        if end > 1, host[end - 1] == Octet.dot { end -= 1 }
        return end
    }

    /// Orders two names without regard to case; `known` is in lower case.
    static func compare(_ name: Span<UInt8>, _ known: Span<UInt8>) -> Int {
        let common = min(name.count, known.count)
        for index in 0..<common {
            let octet = Octet.lowercased(name[index])
            if octet != known[index] { return octet < known[index] ? -1 : 1 }
        }
        return name.count - known.count
    }
}
