import JOSE
import KeyManagement

extension Base64 {
    /// The octets of the text of a secret, as the services write it in JSON; nil also when there are none.
    static func secret(_ text: String) -> SecretBytes? { decode(text).map { SecretBytes(wiping: $0) } }

    /// Appends the text of a secret; see ``append(_:to:)``.
    static func append(_ secret: SecretBytes, to text: inout [UInt8]) {
        // The octets are read within the call.
        unsafe secret.withUnsafeBytes { octets in
            unsafe append(octets.bindMemory(to: UInt8.self).span, to: &text)
        }
    }
}
