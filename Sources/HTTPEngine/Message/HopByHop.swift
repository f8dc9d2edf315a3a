/// Fields that belong to one connection (RFC 9110 section 7.6.1).
enum HopByHop {
    /// Beyond so many names in `Connection` the head is refused: each is compared with every field.
    static let maxConnectionNames = 32

    /// Takes down what a `Connection` value says.
    static func note(_ value: Span<UInt8>, _ facts: inout FieldFacts) -> ExchangeFailure? {
        var names = TokenList(value)
        while let range = names.next() {
            let name = value.extracting(range.range)
            if name.matches("close") {
                facts.closes = true
            } else if name.matches("keep-alive") {
                facts.keepsAlive = true
            } else {
                facts.namesHopByHop = true
            }
        }
        return names.isMalformed ? .malformed(.fieldValue) : nil
    }

    /// Marks the fields that `Connection` names, save those that carry framing or routing: a client must not be able to
    /// strip `Host` or the length on our way to the upstream.
    static func mark(_ bytes: Span<UInt8>, _ table: inout HeadTable) -> ExchangeFailure? {
        var count = 0
        for entry in table.entries where entry.known == .connection {
            let value = bytes.extracting(entry.valueRange)
            var names = TokenList(value)
            while let range = names.next() {
                count += 1
                guard count <= maxConnectionNames else { return .headTooLarge }
                mark(value.extracting(range.range), bytes, &table)
            }
        }
        return nil
    }

    private static func mark(_ name: Span<UInt8>, _ bytes: Span<UInt8>, _ table: inout HeadTable) {
        for index in 0..<table.entries.count {
            let entry = table.entries[index]
            guard Int(entry.nameLength) == name.count, !entry.known.isProtectedFromConnection else { continue }
            if bytes.extracting(entry.nameRange).equalsIgnoringCase(name) { table.markHopByHop(at: index) }
        }
    }

    /// Whether a name, lower-cased and with `_` read as `-`, starts with `x-signet-`: upstreams that turn names into
    /// variables can't tell the two apart.
    @inline(__always)
    static func isSignetName(_ name: Span<UInt8>) -> Bool {
        guard name.count >= 9, name[0] | 0x20 == 0x78 else { return false }
        let prefix: StaticString = "x-signet-"
        let start = unsafe prefix.utf8Start
        for index in 0..<9 {
            let octet = name[index] == 0x5F ? 0x2D : Span.lowered(name[index])
            if unsafe octet != start[index] { return false }
        }
        return true
    }
}

/// A comma-separated list of tokens; empty members are skipped (RFC 9110 section 5.6.1.2).
struct TokenList: ~Escapable {
    private let value: Span<UInt8>
    private var position = 0
    private(set) var isMalformed = false

    @_lifetime(copy value)
    init(_ value: Span<UInt8>) { self.value = value }

    @_lifetime(self: copy self)
    mutating func next() -> ByteRange? {
        while position < value.count, Octet.isBlank(value[position]) || value[position] == Octet.comma {
            position &+= 1
        }
        let start = position
        while position < value.count, Octet.isToken(value[position]) { position &+= 1 }
        guard position > start else {
            if position < value.count { isMalformed = true }
            return nil
        }
        let end = position
        while position < value.count, Octet.isBlank(value[position]) { position &+= 1 }
        if position < value.count, value[position] != Octet.comma {
            isMalformed = true
            return nil
        }
        return ByteRange(start, end)
    }
}
