import Testing

@testable import JOSE

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
        Base64.append(octets.span, to: &written)
        #expect(String(decoding: written, as: UTF8.self) == text)
        Base64.append(octets.span, to: &written)
        #expect(String(decoding: written, as: UTF8.self) == text + text)
        #expect(text.utf8.count == Base64.length(of: octets.count))
        #expect(Base64.decode(text) == octets)
    }

    @Test(
        "What is no Base64 is refused",
        arguments: ["", "A", "Zg", "Zg=", "Zh==", "Zg==\n", "Z===", "====", "_v7-", "Zg==Zg==", " Zg=="])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("Base64 has one text per octet string")
    func oneText() {
        for count in 1..<20 {
            let octets: [UInt8] = (0..<count).map { UInt8(truncatingIfNeeded: 0xf8 &+ $0 &* 37) }
            #expect(Base64.decode(Base64.encode(octets) as String) == octets)
        }
        #expect(Base64.encode([0xfb, 0xff]) as String == "+/8=")
        for text in ["+/8", "-_8=", "+/9=", "+===", "====", "+/8=+/8=", "+ 8="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}
