import Testing

@testable import KeyProviders

@Suite("A pkcs11: URI (RFC 7512)")
struct PKCS11URITests {
    @Test("Every part that names something is read, percent-encoding included")
    func reads() throws {
        let uri = try PKCS11URI(
            "pkcs11:token=My%20token%3b1;serial=42;model=M%C3%A9;manufacturer=x;slot-id=7;object=root;id=%00%ffA"
                + ";type=secret-key?module-path=/lib/m.so&pin-source=file:/etc/the%20pin")
        #expect(
            uri.token
                == TokenChoice(label: "My token;1", slot: 7, manufacturer: "x", model: "M\u{E9}", serial: "42"))
        #expect(uri.key == KeyChoice(label: "root", id: [0, 0xFF, 0x41]))
        #expect(uri.modulePath == "/lib/m.so")
        #expect(uri.pinFile == "/etc/the pin")
    }

    @Test("The three slashes of a file URL are one", arguments: ["file:/etc/pin", "file:///etc/pin"])
    func fileURL(source: String) throws {
        #expect(try PKCS11URI("pkcs11:?pin-source=\(source)").pinFile == "/etc/pin")
    }

    @Test(
        "What is not looked at, or can't be read, is refused",
        arguments: [
            "", "pkcs11", "PKCS11:token=a", "http:token=a", "pkcs11:token", "pkcs11:token=", "pkcs11:=a",
            "pkcs11:token=a;token=b", "pkcs11:token=%", "pkcs11:token=%1", "pkcs11:token=%zz", "pkcs11:token=%+1",
            "pkcs11:token=%ff", "pkcs11:token=a b", "pkcs11:token=\u{E9}", "pkcs11:slot-id=x", "pkcs11:slot-id=-1",
            "pkcs11:slot-id=99999999999999999999", "pkcs11:type=private", "pkcs11:slot-description=a",
            "pkcs11:library-version=3", "pkcs11:x-own=1", "pkcs11:module-path=/m.so", "pkcs11:token=a?token=b",
            "pkcs11:?module-name=m", "pkcs11:?pin-source=/etc/pin", "pkcs11:?pin-source=%7cprogram",
            "pkcs11:?pin-source=file:pin", "pkcs11:token=a&id=b",
        ])
    func refuses(text: String) {
        if text == "pkcs11:token=a&id=b" {
            // In the path an ampersand is a character like others.
            #expect((try? PKCS11URI(text))?.token.label == "a&id=b")
        } else {
            #expect(throws: PKCS11URI.Fault.self) { try PKCS11URI(text) }
        }
    }

    @Test("A PIN in the URI is refused by name, and not repeated")
    func pinValue() {
        #expect {
            try PKCS11URI("pkcs11:token=a?pin-value=48151623")
        } throws: { error in
            let text = "\(error)"
            return text.contains("pin-value") && !text.contains("48151623")
        }
    }
}
