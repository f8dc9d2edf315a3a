/// An http or https URL with a host and perhaps a port, and nothing more.
struct WebOrigin: Hashable, Sendable {
    let isHTTPS: Bool
    /// The host as written; IPv6 addresses in brackets.
    let host: String
    let port: UInt16?

    /// nil when `text` has another scheme, user information, a path (even `/`), a query or a fragment.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("https://") {
            (isHTTPS, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isHTTPS, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        let hostEnd: Substring.Index
        if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
            hostEnd = rest.index(after: bracket)
            guard rest[..<hostEnd].dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
        } else {
            hostEnd = rest.firstIndex(of: ":") ?? rest.endIndex
            guard rest[..<hostEnd].utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        guard hostEnd > rest.startIndex else { return nil }
        host = rest[..<hostEnd].lowercased()
        if hostEnd == rest.endIndex {
            port = nil
            return
        }
        let digits = rest[rest.index(after: hostEnd)...]
        guard rest[hostEnd] == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(digits),
            number > 0
        else { return nil }
        port = number
    }

    /// The URL, in lower case.
    var text: String { (isHTTPS ? "https://" : "http://") + host + (port.map { ":\($0)" } ?? "") }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension WebOrigin {
    /// Whether the host is this machine by its name or number.
    var isLoopback: Bool {
        host == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && ListenAddress("\(host):0") != nil)
    }
}
