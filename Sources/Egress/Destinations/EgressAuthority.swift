/// Host and port of a URL (RFC 3986 section 3.2), without user information.
struct EgressAuthority {
    let host: EgressURL.Host
    let port: Int?

    /// - Throws: `url-invalid`.
    init(_ octets: ArraySlice<UInt8>) throws(EgressError) {
        guard !octets.contains(UInt8(ascii: "@")) else { throw EgressURL.invalid("a URL without user information") }
        let rest: ArraySlice<UInt8>
        if octets.first == UInt8(ascii: "[") {
            guard let close = octets.firstIndex(of: UInt8(ascii: "]")),
                let address = IPAddress(String(decoding: octets[(octets.startIndex + 1)..<close], as: UTF8.self)),
                case .v6 = address
            else { throw EgressURL.invalid("an IPv6 address in brackets") }
            host = .address(address)
            rest = octets[(close + 1)...]
        } else {
            let end = octets.firstIndex(of: UInt8(ascii: ":")) ?? octets.endIndex
            host = try Self.host(octets[..<end])
            rest = octets[end...]
        }
        port = rest.isEmpty ? nil : try Self.port(rest)
    }

    private static func port(_ octets: ArraySlice<UInt8>) throws(EgressError) -> Int {
        let digits = octets.dropFirst()
        guard octets.first == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(isDigit),
            let number = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(number)
        else { throw EgressURL.invalid("a port from 1 to 65535") }
        return number
    }

    private static func host(_ octets: ArraySlice<UInt8>) throws(EgressError) -> EgressURL.Host {
        let text = String(decoding: octets, as: UTF8.self).lowercased()
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...253).contains(octets.count), let last = labels.last, labels.allSatisfy(isLabel) else {
            throw EgressURL.invalid("a host name in ASCII without final dot, or an address")
        }
        // The system's look-up takes such names for addresses, in forms that other readers don't know.
        guard last.allSatisfy(isDigit) || last.starts(with: "0x".utf8) else { return .name(text) }
        guard let address = IPAddress(text) else {
            throw EgressURL.invalid("an IPv4 address of four decimal numbers")
        }
        return .address(address)
    }

    /// RFC 1123 section 2.1. An underscore is taken too: container networks use it.
    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy {
            isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == hyphen
                || $0 == UInt8(ascii: "_")
        }
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }
}
