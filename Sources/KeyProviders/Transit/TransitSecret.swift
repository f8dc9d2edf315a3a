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

    /// The most octets of a file with one.
    static let mostFileBytes = 1 << 16

    /// What a file holds, without white space around it.
    /// - Throws: `provider-configuration-invalid`.
    static func read(_ path: String) throws(ProviderError) -> SecretBytes {
        var content = try CredentialFile.required(path, atMost: mostFileBytes)
        defer { wipe(&content) }
        guard let secret = trimmed(content) else {
            throw ProviderError(.configurationInvalid, "\(path) is empty, or holds what can't be a token")
        }
        return secret
    }

    /// As text, for a header field.
    static func text(_ secret: SecretBytes) -> String {
        // The octets are read within the call.
        unsafe secret.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
