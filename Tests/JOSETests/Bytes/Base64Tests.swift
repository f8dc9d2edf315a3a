import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("Base64")
struct Base64Tests {
    @Test(
        "Base64 is written with padding and read strictly",
        arguments: [
            ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("~~\u{7f}>?>", "fn5/Pj8+"),
        ])
    func base64(plain: String, text: String) {
        var written: [UInt8] = []
        let octets = Array(plain.utf8)
        octets.withUnsafeBytes { Base64.append($0, to: &written) }
        #expect(String(decoding: written, as: UTF8.self) == text)
        #expect(written.count == Base64.length(of: octets.count))
        #expect(Base64.secret(text) == SecretBytes(octets))
    }

    @Test(
        "What is no Base64 is refused",
        arguments: ["", "A", "Zg", "Zg=", "Zh==", "Zg==\n", "Z===", "====", "_v7-", "Zg==Zg==", " Zg=="])
    func notBase64(text: String) {
        #expect(Base64.secret(text) == nil)
    }

    @Test("Base64 has one text per octet string")
    func oneText() {
        for count in 0..<20 {
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: 0xf8 &+ $0 &* 37) }
            #expect(Base64.decode(Base64.encode(octets)) == octets)
        }
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
        for text in ["+/8", "-_8=", "+/9=", "+===", "====", "+/8=+/8=", "+ 8="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}
