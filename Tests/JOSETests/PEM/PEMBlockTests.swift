import Testing

@testable import JOSE

@Suite("A PEM text")
struct PEMBlockTests {
    static let begin = "-----BEGIN PUBLIC KEY-----\n"
    static let end = "-----END PUBLIC KEY-----\n"

    @Test(
        "is refused when it is anything but lines of base64 between boundaries of one label",
        arguments: [
            "", "\n", "AAAA", begin, begin + "AAAA\n", begin + end, "AAAA\n" + end, end, begin + "AAAA" + end,
            begin + "AAAA\n-----END PRIVATE KEY-----\n", begin + "AAAA\n-----END PUBLIC KEY----\n",
            begin + "AAAA\n-----END PUBLIC KEY-----x\n", begin + "AAAA\n-----end PUBLIC KEY-----\n",
            "-----BEGIN PUBLIC KEY----\nAAAA\n" + end, "----BEGIN PUBLIC KEY-----\nAAAA\n" + end,
            " " + begin + "AAAA\n" + end, "-----BEGIN PUBLIC KEY-----AAAA\n" + end,
            begin + "\nAAAA\n" + end, begin + "AAAA\n\n" + end, begin + "AA AA\n" + end, begin + " AAAA\n" + end,
            begin + "AAA\n" + end, begin + "AAAAA\n" + end, begin + "A===\n" + end, begin + "AB==\n" + end,
            begin + "AAB=\n" + end, begin + "AA==AAAA\n" + end, begin + "AA==\nAAAA\n" + end, begin + "AAAA=\n" + end,
            begin + "AAAA====\n" + end, begin + "====\n" + end, begin + "AA--\n" + end, begin + "AA__\n" + end,
            begin + "AAA*\n" + end,
            begin + "Comment: x\n\nAAAA\n" + end, begin + "# x\nAAAA\n" + end, begin + begin + "AAAA\n" + end + end,
            begin + "AA\u{0}A\n" + end, begin + "AAÄA\n" + end, "-----BEGIN PUBLIC\u{7}KEY-----\nAAAA\n" + end,
            "-----BEGIN \(String(repeating: "X", count: 65))-----\nAAAA\n-----END \(String(repeating: "X", count: 65))-----\n",
        ])
    func refusal(text: String) {
        #expect(throws: JOSEError(.pemInvalid, "")) { try PEMBlock.read(octets(text)) }
    }

    @Test("is refused as encrypted when its fields say so")
    func encrypted() throws {
        #expect(throws: JOSEError(.keyEncrypted, "")) {
            try PEMBlock.read(KeyVectors.octets("refused.encrypted-sec1.pem"))
        }
    }

    @Test("is refused beyond its bounds")
    func bounds() throws {
        let block = Self.begin + "AAAA\n" + Self.end
        let most = String(repeating: block, count: PEMBlock.maximumBlocks)
        #expect(try PEMBlock.read(octets(most)).count == PEMBlock.maximumBlocks)
        #expect(throws: JOSEError(.pemInvalid, "")) { try PEMBlock.read(octets(most + block)) }
        let filling = String(repeating: "x", count: PEMBlock.maximumTextBytes - block.utf8.count - 1) + "\n"
        #expect(try PEMBlock.read(octets(filling + block)).count == 1)
        #expect(throws: JOSEError(.pemInvalid, "")) { try PEMBlock.read(octets("x" + filling + block)) }
    }

    @Test(
        "may end its lines in LF, CRLF or CR, with blanks before that, and be of any width",
        arguments: [
            begin + "AAEC\nAw==\n" + end, begin + "A\nAECA\nw==\n" + end, begin + "AAECAw==\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\r\nAAECAw==\r\n-----END PUBLIC KEY-----\r\n",
            "-----BEGIN PUBLIC KEY-----\rAAECAw==\r-----END PUBLIC KEY-----\r",
            "-----BEGIN PUBLIC KEY----- \nAAECAw==\t \n-----END PUBLIC KEY----- ",
            "A key:\n\n" + begin + "AAECAw==\n" + end + "\nand no more: ----- BEGIN\n",
        ])
    func spelling(text: String) throws {
        #expect(
            try PEMBlock.read(octets(text)) == [PEMBlock(label: "PUBLIC KEY", octets: SecretBytes([0, 1, 2, 3]))])
    }

    @Test("of several blocks gives them in order")
    func several() throws {
        let text = Self.begin + "AAAA\n" + Self.end + "text\n-----BEGIN X-----\n/+8=\n-----END X-----\n"
        let blocks = try PEMBlock.read(octets(text))
        #expect(blocks.map(\.label) == ["PUBLIC KEY", "X"])
        #expect(blocks.map { $0.octets.copied() } == [[0, 0, 0], [0xFF, 0xEF]])
    }

    @Test("is written in lines of 64 and read again", arguments: [1, 2, 3, 47, 48, 49, 96, 1000])
    func roundTrip(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let content = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = PEMBlock.text(label: "PRIVATE KEY", octets: content.span)
        #expect(try PEMBlock.read(text) == [PEMBlock(label: "PRIVATE KEY", octets: SecretBytes(content))])
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst().dropLast()
        #expect(lines.dropLast().allSatisfy { $0.count == 64 } && (lines.last?.count ?? 0) <= 64)
    }
}
