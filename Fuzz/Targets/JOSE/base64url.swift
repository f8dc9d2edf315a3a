@testable import JOSE

/// Base64url has one text per octet string: what is accepted is what would be written, and what a slow reader of
/// RFC 4648 accepts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    readsWhatItWrites(input)
    readsAsTheReferenceDoes(input)
    readsPaddedAsUnpadded(input)
    return 0
}

private func readsWhatItWrites(_ octets: [UInt8]) {
    let text = Base64URL.encode(octets)
    require(text.utf8.count == Base64URL.encodedCount(octets.count), "encodedCount is the length of the text")
    require(Base64URL.decodedCount(text.utf8.count) == octets.count, "decodedCount is the number of octets")
    require((try? Base64URL.decode(text)) == octets, "what is written is read back")
    var appended: [UInt8] = [0x2E]
    Base64URL.append(octets.span, to: &appended)
    require(appended == [0x2E] + text.utf8, "append writes what encode writes")
}

private func readsAsTheReferenceDoes(_ text: [UInt8]) {
    do throws(JOSEError) {
        let decoded = try Base64URL.decode(text.span)
        require(decoded == reference(text), "what is accepted means what RFC 4648 says")
        require([UInt8](Base64URL.encode(decoded).utf8) == text, "what is accepted is canonical")
    } catch {
        require(error.code == .base64URLInvalid, "the refusal is base64url-invalid")
        require(reference(text) == nil, "what is refused is no base64url")
    }
}

private func readsPaddedAsUnpadded(_ text: [UInt8]) {
    guard let decoded = Base64.decode(text) else { return }
    require(Base64.encode(decoded.span) == text, "accepted base64 is canonical")
}

/// One character at a time, with nothing in common with the reader under test.
private func reference(_ text: [UInt8]) -> [UInt8]? {
    let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var octets: [UInt8] = []
    var held = 0
    var bits = 0
    for character in text {
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        held = held << 6 | value
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        octets.append(UInt8(held >> bits))
        held &= 1 << bits - 1
    }
    return bits < 6 && held == 0 ? octets : nil
}
