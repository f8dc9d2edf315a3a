/// Where one field line lies in a head, and what the parser learnt about it.
struct FieldEntry: BitwiseCopyable {
    var lineStart: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
    var lineEnd: UInt32
    var nameLength: UInt16
    var known: KnownField
    var isHopByHop: Bool
    var isSignet: Bool

    /// Neither hop-by-hop nor reserved: copied as it is.
    var isPlain: Bool { !isHopByHop && !isSignet }

    var nameRange: Range<Int> { Int(lineStart)..<Int(lineStart) + Int(nameLength) }
    var valueRange: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    /// The whole line, CRLF included.
    var lineRange: Range<Int> { Int(lineStart)..<Int(lineEnd) }
}

extension Span<FieldEntry> {
    func firstIndex(of field: KnownField, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index].known == field { return index }
            index += 1
        }
        return nil
    }
}
