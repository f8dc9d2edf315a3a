internal import Crypto
internal import FoundationEssentials
import JOSE

/// The key that seals the data keys: 256 random bits, of which only derived keys are used.
package struct RootKey: Sendable, CustomStringConvertible {
    static let byteCount = 32

    let secret: SecretBytes

    /// Names the key without telling anything of it: 128 bits derived from it by HKDF, in base64url. Rows sealed under it
    /// carry this name, so that the key of another installation is recognised before it is tried.
    package let id: String

    init(_ secret: SecretBytes) throws(KeyError) {
        guard secret.count == Self.byteCount else {
            throw KeyError(.rootKeyMalformed, "expected a root key of \(Self.byteCount) bytes, got \(secret.count)")
        }
        self.secret = secret
        let name = Self.derive("signet root key id v1", from: secret, count: 16)
        id = Base64URL.encode(unsafe name.withUnsafeBytes { unsafe [UInt8]($0) })
    }

    /// Reads a key that somebody gives: 32 octets in hexadecimal or base64url; nil for anything else.
    package init?(text: String) {
        var octets: [UInt8]
        if text.utf8.count == 2 * Self.byteCount {
            octets = []
            var rest = Substring(text)
            while !rest.isEmpty {
                // Signs are what the standard library takes and hexadecimal has not.
                let pair = rest.prefix(2)
                guard pair.allSatisfy(\.isHexDigit), let octet = UInt8(pair, radix: 16) else { return nil }
                octets.append(octet)
                rest = rest.dropFirst(2)
            }
        } else {
            guard let decoded = try? Base64URL.decode(text) else { return nil }
            octets = decoded
        }
        guard let key = try? RootKey(SecretBytes(wiping: octets)) else { return nil }
        self = key
    }

    static func random() throws(KeyError) -> RootKey {
        try RootKey(.random(count: byteCount))
    }

    /// The key that wraps data keys; the root key itself encrypts nothing.
    var wrappingKey: SymmetricKey { Self.derive("signet data key wrapping v1", from: secret, count: 32) }

    package var description: String { "RootKey(\(id))" }

    private static func derive(_ purpose: String, from secret: SecretBytes, count: Int) -> SymmetricKey {
        // The pointer is read within the call; SymmetricKey wipes its own copy.
        let material = unsafe secret.withUnsafeBytes { unsafe SymmetricKey(data: $0) }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: material, info: Array(purpose.utf8), outputByteCount: count)
    }
}
