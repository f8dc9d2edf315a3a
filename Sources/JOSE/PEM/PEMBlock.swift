/// One block of a PEM text (RFC 7468): a label and octets, which nothing has looked at yet.
///
/// Text around blocks is passed over, as section 2 asks. Between its boundaries a block is lines of base64 and nothing
/// else: no header fields, no empty lines, no white space but at a line's end; both boundaries bear one label.
struct PEMBlock: Sendable, Equatable {
    var label: String
    var octets: SecretBytes

    /// The most octets of a text.
    static let maximumTextBytes = 1 << 20

    /// The most blocks of a text.
    static let maximumBlocks = 100

    /// The most characters of a label.
    static let maximumLabelBytes = 64

    /// Reads every block of a text.
    /// - Throws: `pem-invalid`; `key-encrypted` for a key that is encrypted in the way that predates PKCS#8.
    static func read(_ text: [UInt8]) throws(JOSEError) -> [PEMBlock] {
        guard text.count <= maximumTextBytes else {
            throw invalid("expected at most \(maximumTextBytes) octets of PEM, got \(text.count)")
        }
        var reader = PEMReader(text)
        var blocks: [PEMBlock] = []
        while let block = try reader.next() {
            guard blocks.count < maximumBlocks else { throw invalid("expected at most \(maximumBlocks) blocks of PEM") }
            blocks.append(block)
        }
        guard !blocks.isEmpty else { throw invalid("expected a line that is -----BEGIN, a label and -----") }
        return blocks
    }

    /// The block's text, in lines of 64 characters.
    static func text(label: String, octets: Span<UInt8>) -> [UInt8] {
        var encoded = Base64.encode(octets)
        defer { unsafe encoded.withUnsafeMutableBytes { unsafe wipe($0) } }
        var text: [UInt8] = []
        // So that the array never moves and leaves no copy behind.
        text.reserveCapacity(encoded.count + encoded.count / 64 + 2 * label.utf8.count + 64)
        text += "-----BEGIN \(label)-----\n".utf8
        for start in stride(from: 0, to: encoded.count, by: 64) {
            text += encoded[start..<Swift.min(start + 64, encoded.count)]
            text.append(UInt8(ascii: "\n"))
        }
        text += "-----END \(label)-----\n".utf8
        return text
    }

    static func invalid(_ reason: String) -> JOSEError { JOSEError(.pemInvalid, reason) }
}

/// Walks over the lines of a PEM text.
private struct PEMReader {
    private let text: [UInt8]
    private var position = 0

    private static let begin = [UInt8]("-----BEGIN ".utf8)
    private static let end = [UInt8]("-----END ".utf8)

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The next block, or nil at the end.
    mutating func next() throws(JOSEError) -> PEMBlock? {
        while let line = nextLine() {
            if try label(of: line, boundary: Self.end) != nil {
                throw PEMBlock.invalid("a block ends that has not begun")
            }
            if let label = try label(of: line, boundary: Self.begin) { return try block(label) }
        }
        return nil
    }

    private mutating func block(_ label: String) throws(JOSEError) -> PEMBlock {
        var base64: [UInt8] = []
        // Decoded text is never longer, so that the array does not move and leave copies of a secret behind.
        base64.reserveCapacity(text.count - position)
        defer { unsafe base64.withUnsafeMutableBytes { unsafe wipe($0) } }
        while let line = nextLine() {
            if let last = try self.label(of: line, boundary: Self.end) {
                guard isSameText(last, label) else { throw PEMBlock.invalid("a block ends under another label") }
                guard var octets = Base64.decode(base64) else {
                    throw PEMBlock.invalid("expected base64 with its padding and nothing else between the boundaries")
                }
                defer { unsafe octets.withUnsafeMutableBytes { unsafe wipe($0) } }
                return PEMBlock(label: label, octets: SecretBytes(octets))
            }
            try refuseFields(line)
            guard !line.isEmpty else { throw PEMBlock.invalid("an empty line within a block") }
            base64 += text[line]
        }
        throw PEMBlock.invalid("a block does not end")
    }

    /// RFC 1421's fields, which RFC 7468 has no place for; one of them says that the key is encrypted.
    private func refuseFields(_ line: Range<Int>) throws(JOSEError) {
        guard text[line].contains(UInt8(ascii: ":")) else { return }
        if text[line].starts(with: Array("Proc-Type:".utf8)) {
            throw JOSEError(
                .keyEncrypted, "the key is encrypted in a form that predates PKCS#8: decrypt it by openssl pkey")
        }
        throw PEMBlock.invalid("header fields within a block")
    }

    /// The label of a boundary line, or nil if the line is none.
    private func label(of line: Range<Int>, boundary: [UInt8]) throws(JOSEError) -> String? {
        guard text[line].starts(with: boundary) else { return nil }
        let rest = text[line].dropFirst(boundary.count)
        guard rest.count >= 5, rest.suffix(5).elementsEqual("-----".utf8) else {
            throw PEMBlock.invalid("expected a boundary to end in -----")
        }
        let label = rest.dropLast(5)
        guard label.count <= PEMBlock.maximumLabelBytes, label.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw PEMBlock.invalid("expected a label of at most \(PEMBlock.maximumLabelBytes) printable characters")
        }
        return String(decoding: label, as: UTF8.self)
    }

    /// Where the next line lies, without its end (LF, CRLF or CR) and without blanks before that; nil at the end.
    private mutating func nextLine() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        var end = start
        while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
        position = end + 1
        if end + 1 < text.count, text[end] == 0x0D, text[end + 1] == 0x0A { position += 1 }
        while end > start, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }
}
