/// Where a listener accepts connections: a numeric IP address and a port.
struct ListenAddress: Hashable, Sendable {
    /// An IPv4 or IPv6 address in digits, without brackets.
    let host: String
    /// 0 lets the system choose.
    var port: UInt16

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`; nil for anything else, names included: a name that
    /// resolves differently tomorrow must not open a listener elsewhere.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else if host == "localhost" {
            host = "127.0.0.1"
        } else {
            guard Self.isIPv4(host) else { return nil }
        }
        self.host = String(host)
        self.port = port
    }

    /// 127.0.0.1 with a port.
    init(loopbackPort port: UInt16) {
        host = "127.0.0.1"
        self.port = port
    }

    /// Whether only this machine can connect.
    var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// Whether it stands for every address of the machine, so that no URL can name it.
    var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func port(_ text: Substring) -> UInt16? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt16(text)
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
                    && (part == "0" || !part.hasPrefix("0")) && UInt8(part) != nil
            }
    }
}
