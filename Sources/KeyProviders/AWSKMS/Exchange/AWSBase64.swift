import JOSE
import KeyManagement

/// Base64 with padding (RFC 4648 section 4), as AWS writes octets in JSON, with one text per octet string.
enum AWSBase64 {
    static func encode(_ octets: [UInt8]) -> String {
        var text = Base64URL.encode(octets).utf8.map { octet in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for what is no base64.
    static func decode(_ text: String) -> [UInt8]? {
        var octets = Array(text.utf8)
        guard octets.count.isMultiple(of: 4) else { return nil }
        for _ in 0..<2 where octets.last == UInt8(ascii: "=") { octets.removeLast() }
        guard !octets.contains(where: { "-_=".utf8.contains($0) }) else { return nil }
        for index in octets.indices {
            switch octets[index] {
            case UInt8(ascii: "+"): octets[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): octets[index] = UInt8(ascii: "_")
            default: break
            }
        }
        defer { wipe(&octets) }
        return try? Base64URL.decode(octets.span)
    }
}
