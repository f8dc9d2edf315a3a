/// Which values of `Host` a control listener answers to.
///
/// A page on a stranger's site can make a browser resolve the stranger's name to this machine (DNS rebinding); the
/// name in Host then gives it away. Nothing is ever derived from Host either: the issuer is configured.
package struct HostPolicy: Sendable {
    /// One host with its port.
    struct Authority: Hashable, Sendable {
        var host: String
        var port: Int
    }

    private let known: Set<Authority>

    /// - Parameter urls: the `http` or `https` URLs whose hosts are answered to, as issuer and public URL; one that
    ///   can't be read is left out. Loopback names are always answered to, whatever their port.
    package init(urls: [String]) {
        known = Set(urls.compactMap(Self.authority(ofURL:)))
    }

    /// - Parameter host: the value of the request's only Host field.
    /// - Throws: ``ControlHTTPError`` with `hostMalformed` (400) or `hostUnknown` (421).
    package func check(_ host: String?) throws(ControlHTTPError) {
        guard let host else { throw ControlHTTPError(.hostMalformed, "the request has no Host") }
        // Without a port, Host means the default port of the scheme that the caller used, which a TLS proxy hides.
        let candidates = [80, 443].compactMap { Self.authority(host, defaultPort: $0) }
        guard let first = candidates.first else { throw ControlHTTPError(.hostMalformed, "Host is not an authority") }
        guard Self.isLoopback(first.host) || candidates.contains(where: known.contains) else {
            throw ControlHTTPError(.hostUnknown, "this server does not answer to that Host")
        }
    }

    /// Whether a value of Host is a loopback name, with any port or none.
    static func isLoopback(authority: String) -> Bool {
        Self.authority(authority, defaultPort: 80).map { isLoopback($0.host) } ?? false
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func authority(ofURL url: String) -> Authority? {
        let lowered = url.lowercased()
        let defaultPort: Int
        let rest: Substring
        if lowered.hasPrefix("https://") {
            (defaultPort, rest) = (443, lowered.dropFirst(8))
        } else if lowered.hasPrefix("http://") {
            (defaultPort, rest) = (80, lowered.dropFirst(7))
        } else {
            return nil
        }
        return authority(String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }), defaultPort: defaultPort)
    }

    /// Reads `host[:port]` (RFC 3986 section 3.2 without user information), lower-cased.
    private static func authority(_ text: String, defaultPort: Int) -> Authority? {
        guard (1...261).contains(text.utf8.count) else { return nil }
        let lowered = text.lowercased()
        let host: Substring
        if lowered.hasPrefix("[") {
            guard let end = lowered.firstIndex(of: "]") else { return nil }
            host = lowered[...end]
            guard host.dropFirst().dropLast().utf8.allSatisfy(isAddressByte) else { return nil }
        } else {
            host = lowered.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.allSatisfy(isNameByte) else { return nil }
        }
        let tail = lowered[host.endIndex...]
        if tail.isEmpty { return Authority(host: String(host), port: defaultPort) }
        let digits = tail.dropFirst()
        guard tail.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else { return nil }
        return Authority(host: String(host), port: Int(port))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
        default:
            false
        }
    }
}
