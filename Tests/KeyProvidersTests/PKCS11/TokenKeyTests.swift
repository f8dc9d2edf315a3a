import KeyManagement
import Testing

@testable import KeyProviders

@Suite("Tokens and their keys")
struct TokenKeyTests {
    private static let good = ObjectInfo(
        objectClass: 4, keyType: 0x1F, valueCount: 32, isSensitive: true, isExtractable: false, mayEncrypt: true,
        mayDecrypt: true, label: "root", id: [1])

    @Test("An AES-256 key that can't leave the token may wrap")
    func mayWrap() { #expect(Self.good.fault == nil) }

    /// Each with one thing changed, and the word that the fault must have.
    private static let bad: [(String, ObjectInfo)] = {
        let changes: [(String, (inout ObjectInfo) -> Void)] = [
            ("CKO_SECRET_KEY", { $0.objectClass = 3 }), ("CKO_SECRET_KEY", { $0.objectClass = nil }),
            ("CKK_AES", { $0.keyType = 0x15 }), ("CKK_AES", { $0.keyType = nil }),
            ("AES-256", { $0.valueCount = 16 }), ("AES-256", { $0.valueCount = nil }),
            ("CKA_SENSITIVE", { $0.isSensitive = false }), ("CKA_SENSITIVE", { $0.isSensitive = nil }),
            ("CKA_EXTRACTABLE", { $0.isExtractable = true }), ("CKA_EXTRACTABLE", { $0.isExtractable = nil }),
            ("CKA_ENCRYPT", { $0.mayEncrypt = false }), ("CKA_ENCRYPT", { $0.mayEncrypt = nil }),
            ("CKA_DECRYPT", { $0.mayDecrypt = false }), ("CKA_DECRYPT", { $0.mayDecrypt = nil }),
        ]
        return changes.map { word, change in
            var key = good
            change(&key)
            return (word, key)
        }
    }()

    @Test("Any other may not, and neither may one that does not tell", arguments: bad)
    func othersMayNot(word: String, key: ObjectInfo) {
        #expect(key.fault?.contains(word) == true)
    }

    @Test("A token is the one that is meant when every given part is as it says")
    func choice() {
        let token = TokenInfo(label: "a", manufacturer: "m", model: "o", serial: "s", flags: [.initialized])
        for choice in [TokenChoice(label: "a"), TokenChoice(slot: 1), TokenChoice(label: "a", slot: 1, serial: "s")] {
            #expect(choice.matches(token, in: 1))
        }
        for choice in [
            TokenChoice(label: "b"), TokenChoice(slot: 2), TokenChoice(label: "a", slot: 2),
            TokenChoice(label: "a", serial: "x"), TokenChoice(label: "a", model: "x"),
            TokenChoice(label: "a", manufacturer: "x"),
        ] {
            #expect(!choice.matches(token, in: 1))
        }
    }

    @Test("What a device says about itself can't disturb a message")
    func texts() {
        let octets: [UInt8] = Array("a\u{1B}[31m\nb".utf8) + [0xC3, 0x28, 0x20, 0x20, 0x00]
        let text = unsafe octets.withUnsafeBytes { unsafe TokenText.padded($0) }
        #expect(text == "a?[31m?b\u{FFFD}(")
    }

    @Test("The wrapped form is read as it was written, and nothing else is")
    func form() throws {
        let form = WrappedForm(nonce: [UInt8](repeating: 1, count: 12), ciphertext: [UInt8](repeating: 2, count: 48))
        #expect(try WrappedForm(form.octets) == form)
        var other = form.octets
        other[0] = 2
        for octets in [
            [], [1], other, Array(form.octets.prefix(29)), form.octets + [UInt8](repeating: 0, count: 33),
        ] {
            #expect { try WrappedForm(octets) } throws: { ($0 as? ProviderError)?.code == .refused }
        }
    }
}
