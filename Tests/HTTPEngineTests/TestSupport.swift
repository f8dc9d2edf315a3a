@testable import HTTPEngine

/// A small generator with a seed, so that a failing walk can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

extension Array<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension Span<UInt8> {
    var array: [UInt8] {
        withUnsafeBufferPointer { Array($0) }
    }
    var text: String { array.text }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension InputBuffer {
    /// Takes as much as fits.
    mutating func fill(_ bytes: ArraySlice<UInt8>, from pool: inout BufferPool) -> Int {
        let count = withSpace(from: &pool) { memory in
            let count = Swift.min(memory.count, bytes.count)
            bytes.prefix(count).withUnsafeBytes { memory.copyMemory(from: $0) }
            return count
        }
        didReceive(count)
        return count
    }
}

extension OutputBuffer {
    /// Takes up to `limit` octets from the front.
    mutating func drain(_ limit: Int = .max) -> [UInt8] {
        let count = Swift.min(limit, self.count)
        let taken = readable.extracting(first: count).array
        consume(count)
        return taken
    }
}

/// A deterministic body.
func makeBody(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &* 7 &+ ($0 >> 8)) }
}

func chunked(_ body: [UInt8], sizes: [Int], trailer: String = "") -> [UInt8] {
    var result: [UInt8] = []
    var rest = body[...]
    var index = 0
    while !rest.isEmpty {
        let piece = rest.prefix(max(1, sizes[index % sizes.count]))
        result += bytes(String(piece.count, radix: 16) + "\r\n") + piece + bytes("\r\n")
        rest = rest.dropFirst(piece.count)
        index += 1
    }
    return result + bytes("0\r\n\(trailer)\r\n")
}
