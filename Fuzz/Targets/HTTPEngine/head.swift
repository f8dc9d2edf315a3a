@testable import HTTPEngine

/// Heads of requests and responses: however the octets come, they mean the same; a head ends where its empty line
/// does, and its pieces are the whole of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    checkRequest(input)
    checkResponse(input)
    return 0
}

private let limits = HeadLimits(bytes: 512, startLineBytes: 128, fields: 12)

private func checkRequest(_ input: [UInt8]) {
    var parser = RequestParser(limits: limits)
    var table = HeadTable(capacity: limits.fields)
    var line = RequestLine()
    let whole = parser.parse(input.span, into: &table, line: &line)
    checkPieces(input, whole, parseInPieces(input))
    guard case .complete(let length) = whole else { return }
    checkBounds(input, length, table.entries.count)
    var written = input[line.methodRange.range] + [Octet.space] + input[line.targetRange.range]
    written += [UInt8](" HTTP/1.\(line.minorVersion)\r\n".utf8)
    checkFields(input, length, &table, after: [UInt8](written))
    require(line.targetRange.range.contains(Int(line.pathRange.start)), "the path lies in the target")
    require(line.pathRange.end <= line.targetRange.end, "the path ends in the target")
    require(Int(line.hostRange.end) <= length, "the host lies in the head")
    require(!input[line.targetRange.range].contains { $0 <= 0x20 || $0 >= 0x7F }, "a target is visible ASCII")
    if BodyFraming.ofRequest(table.facts) == .chunked {
        require(table.facts.contentLength == nil && line.minorVersion == 1, "content has one end")
    }
}

/// As a connection does: one octet more each time, in steps that the input itself chooses.
private func parseInPieces(_ input: [UInt8]) -> HeadProgress {
    var parser = RequestParser(limits: limits)
    var table = HeadTable(capacity: limits.fields)
    var line = RequestLine()
    var arrived = 0
    var result = HeadProgress.incomplete
    while arrived < input.count {
        arrived = min(input.count, arrived + 1 + Int(input[arrived] & 7))
        result = parser.parse(input.span.extracting(0..<arrived), into: &table, line: &line)
        guard result == .incomplete else { break }
    }
    return result
}

/// Which fault is found first may depend on the pieces; and what came before is read again only when the head ends, so
/// that a fault in it may be seen later.
private func checkPieces(_ input: [UInt8], _ whole: HeadProgress, _ pieces: HeadProgress) {
    switch (whole, pieces) {
    case (.failed, .failed): break
    case (.failed, .incomplete): require(!hasEmptyLine(input), "a head with a fault is refused at its end")
    case (.incomplete, .failed):
        let ended = input + [UInt8]("aaaaaaaaaa\r\n\r\n".utf8)
        require(!isComplete(parseWhole(ended)), "a head that is refused early is refused")
    default: require(whole == pieces, "a head means the same in any pieces")
    }
}

private func isComplete(_ progress: HeadProgress) -> Bool {
    if case .complete = progress { true } else { false }
}

private func parseWhole(_ input: [UInt8]) -> HeadProgress {
    var parser = RequestParser(limits: limits)
    var table = HeadTable(capacity: limits.fields)
    var line = RequestLine()
    return parser.parse(input.span, into: &table, line: &line)
}

private func hasEmptyLine(_ input: [UInt8]) -> Bool {
    input.indices.contains { input[$0...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) }
}

private func checkResponse(_ input: [UInt8]) {
    let parser = ResponseParser(limits: limits)
    var table = HeadTable(capacity: limits.fields)
    var line = StatusLine()
    guard case .complete(let length) = parser.parse(input.span, into: &table, line: &line) else { return }
    checkBounds(input, length, table.entries.count)
    require((100...599).contains(line.status), "a status has three digits")
    let written = [UInt8]("HTTP/1.\(line.minorVersion) ".utf8) + input[line.textRange.range] + [0x0D, 0x0A]
    checkFields(input, length, &table, after: written)
}

private func checkBounds(_ input: [UInt8], _ length: Int, _ fields: Int) {
    require(length <= min(input.count, limits.bytes), "a head keeps its bounds")
    require(fields <= limits.fields, "fields keep their bounds")
    let head = input[..<length]
    require(head.suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]), "a head ends with an empty line")
    for (index, octet) in head.enumerated() where octet == 0x0D || octet == 0x0A {
        let isPair = octet == 0x0D ? head[index + 1] == 0x0A : index > 0 && head[index - 1] == 0x0D
        require(isPair, "no line ends with half a line end")
    }
}

private func checkFields(_ input: [UInt8], _ length: Int, _ table: inout HeadTable, after line: [UInt8]) {
    var written = line
    for entry in table.entries {
        require(
            !input[entry.nameRange].isEmpty && input[entry.nameRange].allSatisfy(Octet.isToken), "a name is a token")
        require(input[entry.valueRange].allSatisfy(Octet.isFieldValue), "a value has no control octets")
        require(entry.lineRange.contains(entry.nameRange.upperBound), "a name lies in its line")
        written += input[entry.lineRange]
        let framing: [KnownField] = [.contentLength, .transferEncoding, .connection]
        require(!framing.contains(entry.known) || entry.isHopByHop, "framing is never forwarded")
    }
    written += [0x0D, 0x0A]
    require(written == [UInt8](input[..<length]), "the pieces are the whole head")
    require(table.facts.contentLength == nil || !table.facts.isChunked, "content has one end")
}
