@testable import HTTPEngine

/// The chunked coding: however the octets come, they mean the same, and what is written is read back.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    let whole = decode(input) { _ in .max }
    require(whole == decode(input) { _ in 1 }, "octet by octet it means the same")
    require(whole == decode(input) { 1 + Int(input[$0] & 15) }, "in any pieces it means the same")
    if case .body(let body, let consumed) = whole {
        require(consumed <= input.count, "no more is taken than there is")
        require(body.count < consumed, "framing takes room")
        var rest = input
        rest.append(contentsOf: [UInt8]("GET /".utf8))
        require(decode(rest) { _ in .max } == whole, "what follows is not the body's")
    }
    readsWhatItWrites(input)
    return 0
}

private enum Decoded: Equatable {
    case body([UInt8], consumed: Int)
    case incomplete([UInt8])
    case failed(MalformedReason)
}

/// Decodes pieces as they arrive, each of the size that `size` gives for where it begins.
private func decode(_ input: [UInt8], size: (Int) -> Int) -> Decoded {
    var decoder = BodyDecoder(.chunked)
    var body: [UInt8] = []
    var position = 0
    var arrived = 0
    while arrived < input.count {
        let next = size(arrived)
        arrived = next >= input.count - arrived ? input.count : arrived + next
        reading: while true {
            switch decoder.step(input.span.extracting(position..<arrived)) {
            case .needsInput(let consumed):
                position += consumed
                break reading
            case .data(let skip, let count):
                position += skip
                require(count > 0 && position + count <= arrived, "data lies in what arrived")
                body += input[position..<(position + count)]
                position += count
                decoder.took(count)
            case .end(let consumed): return .body(body, consumed: position + consumed)
            case .failed(let reason): return .failed(reason)
            }
        }
    }
    return .incomplete(body)
}

private func readsWhatItWrites(_ body: [UInt8]) {
    var text: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: 300) {
        let chunk = body[start..<min(start + 300, body.count)]
        text += [UInt8](String(chunk.count, radix: 16).utf8) + [0x0D, 0x0A] + chunk + [0x0D, 0x0A]
    }
    text += [UInt8]("0\r\n\r\n".utf8)
    require(decode(text) { _ in .max } == .body(body, consumed: text.count), "what is written is read back")
}
