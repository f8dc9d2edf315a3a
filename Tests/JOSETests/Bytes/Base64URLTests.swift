import Testing

@testable import JOSE

@Suite("Base64url")
struct Base64URLTests {
    @Test(
        "refuses what is not the one text of its octets",
        arguments: [
            "A", "AAAAA",  // no octets encode to so many characters
            "AA==", "AAA=", "=", "====",  // padding
            "AA AA", " AAAA", "AAAA\n", "AA\tA", "AAA\r\n",  // white space
            "AA+A", "AA/A", "AA.A", "AA,A", "AA\u{0}A", "AAé",  // not of the alphabet
            "AB", "Af", "AAB", "AAP", "_9", "__9",  // unused bits that are set
        ]
    )
    func refusal(text: String) {
        #expect(throws: JOSEError(.base64URLInvalid, "")) { try Base64URL.decode(text) }
    }

    @Test(
        "has the examples of RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func examples(plain: String, encoded: String) throws {
        #expect(Base64URL.encode(octets(plain)) == encoded)
        #expect(try Base64URL.decode(encoded) == octets(plain))
    }

    @Test("uses - and _")
    func alphabet() throws {
        #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(try Base64URL.decode("--__") == [0xFB, 0xEF, 0xFF])
    }

    @Test("reads back what it wrote, at every length")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Base64URL.encode(bytes)
            #expect(text.utf8.count == Base64URL.encodedCount(count))
            #expect(try Base64URL.decode(text) == bytes)
        }
    }

    @Test("has exactly one text for each octet string of up to two octets")
    func canonical() {
        let alphabet = octets("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for count in [2, 3] {
            var seen: Set<[UInt8]> = []
            var accepted = 0
            func visit(_ text: [UInt8]) {
                guard text.count == count else { return alphabet.forEach { visit(text + [$0]) } }
                guard let bytes = try? Base64URL.decode(text.span) else { return }
                accepted += 1
                seen.insert(bytes)
            }
            visit([])
            #expect(accepted == (count == 2 ? 256 : 65536))
            #expect(seen.count == accepted)
        }
    }
}

/// A generator whose numbers are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
