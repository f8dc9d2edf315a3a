/// The grammars of short names in resources.
package enum ResourceName {
    /// `^[a-z][a-z0-9-]{0,62}$`: the name of an API or a client.
    package static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 63, isLower(first) else { return false }
        return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// What `isValid` takes, for error messages.
    package static let expected = "a name of 1 to 63 of a-z, 0-9 and -, beginning with a letter"

    /// An RFC 6749 section 3.3 scope-token of at most 128 octets.
    package static func isScope(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            byte == 0x21 || (0x23...0x5b).contains(byte) || (0x5d...0x7e).contains(byte)
        }
    }

    /// What `isScope` takes, for error messages.
    package static let expectedScope = "a scope of printable ASCII without spaces, quotes and backslashes"

    /// A claim name that can stand in JSON and in a list: 1 to 64 printable ASCII characters without `"` and `\`.
    static func isClaim(_ text: String) -> Bool {
        isScope(text) && text.utf8.count <= 64
    }

    /// An RFC 9110 method of capital letters and hyphens, at most 32.
    static func isMethod(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 32, isUpper(first) else { return false }
        return bytes.allSatisfy { isUpper($0) || $0 == UInt8(ascii: "-") }
    }

    static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
