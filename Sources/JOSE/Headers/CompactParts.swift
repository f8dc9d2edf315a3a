#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where the parts of a compact JWS lie (RFC 7515 section 3.1).
struct CompactJWSParts {
    var header: Range<Int>
    var payload: Range<Int>
    var signature: Range<Int>

    /// The header and the payload with the dot between them.
    var signingInput: Range<Int> { 0..<payload.upperBound }

    /// - Throws: `token-malformed` unless there are exactly three parts.
    init(_ token: Span<UInt8>) throws(JOSEError) {
        guard let first = indexOfDot(in: token, from: 0), let second = indexOfDot(in: token, from: first + 1),
            indexOfDot(in: token, from: second + 1) == nil
        else {
            throw JOSEError(.tokenMalformed, "expected the three parts of a compact JWS")
        }
        header = 0..<first
        payload = (first + 1)..<second
        signature = (second + 1)..<token.count
    }
}

/// Where the parts of a compact JWE lie (RFC 7516 section 3.1).
struct CompactJWEParts {
    var header: Range<Int>
    var encryptedKey: Range<Int>
    var nonce: Range<Int>
    var ciphertext: Range<Int>
    var tag: Range<Int>

    /// - Throws: `token-malformed` unless there are exactly five parts.
    init(_ token: Span<UInt8>) throws(JOSEError) {
        guard let first = indexOfDot(in: token, from: 0), let second = indexOfDot(in: token, from: first + 1),
            let third = indexOfDot(in: token, from: second + 1), let fourth = indexOfDot(in: token, from: third + 1),
            indexOfDot(in: token, from: fourth + 1) == nil
        else {
            throw JOSEError(.tokenMalformed, "expected the five parts of a compact JWE")
        }
        header = 0..<first
        encryptedKey = (first + 1)..<second
        nonce = (second + 1)..<third
        ciphertext = (third + 1)..<fourth
        tag = (fourth + 1)..<token.count
    }

    /// The parts of a text that was put together from the members of a JSON serialization.
    init(
        header: Range<Int>, encryptedKey: Range<Int>, nonce: Range<Int>, ciphertext: Range<Int>, tag: Range<Int>
    ) {
        self.header = header
        self.encryptedKey = encryptedKey
        self.nonce = nonce
        self.ciphertext = ciphertext
        self.tag = tag
    }
}

/// The index of the first dot at or after `start`, or nil.
private func indexOfDot(in token: Span<UInt8>, from start: Int) -> Int? {
    guard start >= 0, start < token.count else { return nil }
    return unsafe token.withUnsafeBytes { octets in
        // In bounds: `start` is below the count, and the C library reads no further than it is told.
        guard let base = octets.baseAddress,
            let found = unsafe memchr(base + start, Int32(UInt8(ascii: ".")), octets.count - start)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - base
    }
}
