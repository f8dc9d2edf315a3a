/// An absolute http or https URL, read strictly: two readers must never see two hosts in it.
///
/// Refused: user information (it makes one host look like another, and would be a credential in a URL), fragments,
/// characters outside RFC 3986, and hosts that the system's look-up would take for a number, such as `0x7f.1`.
package struct EgressURL: Sendable, Hashable {
    /// Where a URL points to.
    package enum Host: Sendable, Hashable {
        /// A name in lower case, to be looked up.
        case name(String)
        case address(IPAddress)
    }

    /// The longest URL, in octets.
    package static let maximumBytes = 8 * 1024

    /// Whether the scheme is https.
    package let isSecure: Bool
    package let host: Host
    package let port: Int
    /// Path and query, as they are sent; `/` if the URL has neither.
    package let target: String

    /// - Throws: `url-invalid`.
    package init(_ text: String) throws(EgressError) {
        let octets = Array(text.utf8)
        guard octets.count <= Self.maximumBytes else {
            throw Self.invalid("a URL of at most \(Self.maximumBytes) octets")
        }
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")), octets[colon...].starts(with: "://".utf8) else {
            throw Self.invalid("an absolute http or https URL")
        }
        switch String(decoding: octets[..<colon], as: UTF8.self).lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw Self.invalid("an absolute http or https URL")
        }
        let rest = octets[(colon + 3)...]
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let authority = try EgressAuthority(rest[..<end])
        host = authority.host
        port = authority.port ?? (isSecure ? 443 : 80)
        target = try Self.target(rest[end...])
    }

    /// What Host says (RFC 9110 section 7.2): the port only if it is not the scheme's own.
    package var authority: String {
        let name =
            switch host {
            case .name(let name): name
            case .address(.v4(let value)): "\(IPAddress.v4(value))"
            case .address(let address): "[\(address)]"
            }
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func target(_ octets: ArraySlice<UInt8>) throws(EgressError) -> String {
        guard !octets.contains(UInt8(ascii: "#")) else { throw invalid("a URL without fragment") }
        for (index, octet) in zip(octets.indices, octets) {
            guard isTargetCharacter(octet) else { throw invalid("characters of RFC 3986 only, others encoded") }
            guard octet == UInt8(ascii: "%") else { continue }
            let digits = octets[(index + 1)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy(isHexDigit) else { throw invalid("two hex digits after %") }
        }
        let text = String(decoding: octets, as: UTF8.self)
        return octets.first == UInt8(ascii: "/") ? text : "/" + text
    }

    private static func isTargetCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:@/?%".utf8.contains(octet)
        }
    }

    private static func isHexDigit(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    static func invalid(_ expected: String) -> EgressError { EgressError(.urlInvalid, "expected \(expected)") }
}
