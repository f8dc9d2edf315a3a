/// Looks for credentials where none may be: tokens in a query end up in logs and histories (RFC 6750 section 5.3).
enum RequestQuery {
    /// Whether a parameter is called `access_token`, however its name is escaped.
    ///
    /// - Parameter shapedLikeOurs: count only values of five parts, as a compact JWE has.
    static func hasAccessToken(_ query: Span<UInt8>, shapedLikeOurs: Bool = false) -> Bool {
        var start = 0
        while start < query.count {
            var end = start
            while end < query.count, query[end] != UInt8(ascii: "&"), query[end] != Octet.semicolon { end &+= 1 }
            let parameter = query.extracting(start..<end)
            if isAccessToken(parameter), !shapedLikeOurs || hasFiveParts(parameter) { return true }
            start = end &+ 1
        }
        return false
    }

    private static func hasFiveParts(_ parameter: Span<UInt8>) -> Bool {
        var dots = 0
        var index = 0
        while index < parameter.count {
            if next(in: parameter, &index) == Octet.dot { dots += 1 }
        }
        return dots >= 4
    }

    /// The octet at the index, decoded if it is escaped; moves the index behind it.
    private static func next(in parameter: Span<UInt8>, _ index: inout Int) -> UInt8 {
        let octet = parameter[index]
        index &+= 1
        guard octet == Octet.percent, let value = Octet.hexValue(in: parameter, at: index) else { return octet }
        index &+= 2
        return value
    }

    private static func isAccessToken(_ parameter: Span<UInt8>) -> Bool {
        let name: StaticString = "access_token"
        // A static string's octets live as long as the process.
        let expected = unsafe UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var index = 0
        var matched = 0
        while index < parameter.count, parameter[index] != UInt8(ascii: "=") {
            guard matched < expected.count else { return false }
            let octet = next(in: parameter, &index)
            guard unsafe octet == expected[matched] else { return false }
            matched &+= 1
        }
        return matched == expected.count
    }
}
