import Crypto
import JOSE

/// The name under which an issued token is known: SHA-256 of its octets.
///
/// Made only of a text that can be a token: five parts, each in canonical base64url. Otherwise one token would have many
/// texts, and revoking one of them would leave the others.
struct TokenDigest: Hashable, Sendable {
    /// 32 octets.
    let bytes: [UInt8]

    /// The longest token that is looked at, in octets.
    static let maximumTokenBytes = 16 * 1024

    /// Nil when the text can't be a token of this server.
    init?(presented token: String) {
        let octets = Array(token.utf8)
        guard octets.count <= Self.maximumTokenBytes else { return nil }
        let parts = octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        for (index, part) in parts.enumerated() {
            // Only the encrypted key may be empty: ECDH-ES and dir have none (RFC 7516 section 5.1).
            guard !part.isEmpty || index == 1, (try? Base64URL.decode(Array(part).span)) != nil else { return nil }
        }
        bytes = Array(SHA256.hash(data: octets))
    }

    /// A digest as the store keeps it.
    init(stored bytes: [UInt8]) { self.bytes = bytes }

    /// The digest of a token that was just made.
    init(issued token: String) {
        bytes = Array(SHA256.hash(data: Array(token.utf8)))
    }

    /// Lower-case hexadecimal digits.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
