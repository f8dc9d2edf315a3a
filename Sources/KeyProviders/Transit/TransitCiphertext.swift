/// What transit's `encrypt` makes: `vault:v`, the version of the key, `:`, Base64.
struct TransitCiphertext: Sendable, Hashable {
    /// The most octets: what wraps a root key has about 100.
    static let mostOctets = 4096

    let text: String
    /// The version of the key that made it.
    let version: Int64

    /// Nil for any other text.
    init?(_ text: String) {
        guard text.utf8.count <= Self.mostOctets, text.hasPrefix("vault:v") else { return nil }
        let parts = text.dropFirst("vault:v".count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy(Self.isBase64) else { return nil }
        guard parts[0].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        guard let version = Int64(parts[0]), version >= 1 else { return nil }
        self.text = text
        self.version = version
    }

    /// Nil for octets that are no such text.
    init?(_ octets: [UInt8]) {
        guard octets.count <= Self.mostOctets, let text = String(validating: octets, as: UTF8.self) else { return nil }
        self.init(text)
    }

    private static func isBase64(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
