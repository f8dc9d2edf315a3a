import JOSE
import KeyManagement

/// Tokens and secret ids: visible ASCII, which fits header fields and JSON as it stands.
enum TransitSecret {
    /// Without white space around it; nil when nothing is left, or something else than visible ASCII.
    static func trimmed(_ text: [UInt8]) -> SecretBytes? {
        let isSpace = { (octet: UInt8) in octet == 0x20 || (0x09...0x0d).contains(octet) }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
        else { return nil }
        var middle = Array(text[first...last])
        defer { wipe(&middle) }
        guard middle.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return SecretBytes(middle)
    }

    /// As text, for a header field.
    static func text(_ secret: SecretBytes) -> String {
        // The octets are read within the call.
        unsafe secret.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
