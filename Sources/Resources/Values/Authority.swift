/// The authority of a URI (RFC 3986 section 3.2): `user@host:port`.
struct Authority {
    let userInformation: String?
    let host: String
    let port: Int?

    /// Nil when the host is neither a name, nor an IPv4 nor a bracketed IPv6 address, or the port is not 1…65535.
    init?(_ text: Substring) {
        var rest = text
        if let at = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
            userInformation = String(rest[..<at])
            rest = rest[rest.utf8.index(after: at)...]
        } else {
            userInformation = nil
        }
        let hostText: Substring
        if rest.utf8.first == UInt8(ascii: "[") {
            guard let close = rest.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            hostText = rest[rest.utf8.index(after: rest.startIndex)..<close]
            rest = rest[rest.utf8.index(after: close)...]
            guard Self.isIPv6(hostText) else { return nil }
        } else {
            let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            hostText = rest[..<colon]
            rest = rest[colon...]
            guard HostName.isValid(String(hostText).lowercased()) else { return nil }
        }
        host = hostText.lowercased()
        if rest.isEmpty {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.utf8.first == UInt8(ascii: ":"), (1...5).contains(digits.utf8.count),
                digits.utf8.allSatisfy(ResourceName.isDigit), let number = Int(digits), (1...65535).contains(number)
            else { return nil }
            port = number
        }
    }

    /// The text form of RFC 4291 section 2.2, without zone.
    static func isIPv6(_ text: Substring) -> Bool {
        guard text.utf8.contains(UInt8(ascii: ":")), text.utf8.count <= 45 else { return false }
        let halves = Self.split(text, on: "::")
        guard halves.count <= 2 else { return false }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                let isLast = index == halves.count - 1 && place == parts.count - 1
                if isLast, part.contains(".") {
                    guard HostName.isIPv4(part) else { return false }
                    groups += 2
                } else {
                    guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(ResourceURI.isHex) else {
                        return false
                    }
                    groups += 1
                }
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }

    private static func split(_ text: Substring, on mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = text
        while let start = rest.firstRange(of: mark)?.lowerBound {
            parts.append(rest[..<start])
            rest = rest[start...].dropFirst(mark.count)
        }
        return parts + [rest]
    }
}

/// Host names and IPv4 addresses, in lower case.
enum HostName {
    /// Letters, digits and hyphens in labels of 1 to 63, at most 253 octets (RFC 1123 section 2.1), or an IPv4 address.
    /// An underscore is taken too: container networks use it.
    static func isValid(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // A last label of digits alone makes it an address (WHATWG URL section 3.5), which must then be one.
        if let last = labels.last, last.utf8.allSatisfy(ResourceName.isDigit) { return isIPv4(Substring(text)) }
        return labels.allSatisfy(isLabel)
    }

    /// Four decimal numbers to 255 without leading zeros.
    static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(ResourceName.isDigit),
                    let number = Int(part)
                else { return false }
                return number <= 255 && (part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"))
            }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        guard (1...63).contains(label.utf8.count), label.utf8.first != UInt8(ascii: "-"),
            label.utf8.last != UInt8(ascii: "-")
        else { return false }
        return label.utf8.allSatisfy { byte in
            ResourceName.isLower(byte) || ResourceName.isDigit(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
    }
}
