/// What names a key of AWS KMS: its id, `alias/NAME`, or the ARN of either.
struct KMSKeyName: Sendable, Hashable {
    let text: String
    /// The region that an ARN tells.
    let region: String?

    /// The longest name that AWS KMS takes.
    private static let maximumBytes = 2048

    init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count), text.utf8.allSatisfy(Self.isCharacter) else {
            return nil
        }
        self.text = text
        guard text.hasPrefix("arn:") else {
            guard !text.contains(":"), Self.isName(text[...]) else { return nil }
            region = nil
            return
        }
        // arn:PARTITION:kms:REGION:ACCOUNT:key/ID or …:alias/NAME
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "kms", Self.isRegion(String(parts[3])), parts[5].contains("/") else {
            return nil
        }
        let resource = parts[5].hasPrefix("key/") ? parts[5].dropFirst("key/".count) : parts[5]
        guard Self.isName(resource) else { return nil }
        region = String(parts[3])
    }

    /// Whether a text can be a region: it becomes a part of a host's name.
    static func isRegion(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { isSmall($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isName(_ text: Substring) -> Bool {
        let name = text.hasPrefix("alias/") ? text.dropFirst("alias/".count) : text
        return !name.isEmpty && (text.hasPrefix("alias/") || !text.contains("/"))
    }

    private static func isCharacter(_ octet: UInt8) -> Bool {
        isSmall(octet) || isDigit(octet) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet)
            || ":/_-".utf8.contains(octet)
    }

    private static func isSmall(_ octet: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet) }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
}
