import JOSE
import KeyManagement

/// Where a token's user PIN comes from.
enum PINSource: Sendable, Equatable {
    /// There is none: the token needs no login, or asks for the PIN by itself.
    case none
    case value(SecretBytes)
    /// A file, read anew at each login.
    case file(String)

    /// Longer ones are none.
    static let mostOctets = 256

    /// The PIN; nil when there is none.
    func read() throws(ProviderError) -> SecretBytes? {
        switch self {
        case .none: return nil
        case .value(let pin): return pin
        case .file(let path): return try Self.contents(of: path)
        }
    }

    private static func contents(of path: String) throws(ProviderError) -> SecretBytes {
        // Room for a line break and for one octet too many.
        var octets = try CredentialFile.required(path, atMost: mostOctets + 3)
        defer { wipe(&octets) }
        var count = octets.count
        if count > 0, octets[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        if count > 0, octets[count - 1] == UInt8(ascii: "\r") { count -= 1 }
        guard count > 0, count <= mostOctets else {
            throw ProviderError(
                .configurationInvalid, "expected a PIN of 1 to \(mostOctets) octets in one line of \(path)")
        }
        var pin = Array(octets.prefix(count))
        defer { wipe(&pin) }
        return SecretBytes(pin)
    }
}
