/// The strict reader of RFC 8259 texts: one value, UTF-8, no byte order mark, no duplicate names, no lone surrogates,
/// no numbers beyond a Double, bounded depth.
///
/// Every index is compared with the count before it is used; nothing here can trap on any input.
struct JSONScanner {
    var parts: [JSONTape.Part] = []
    private var index = 0
    private var depth = 0
    private let depthLimit: Int

    init(depthLimit: Int) {
        self.depthLimit = depthLimit
    }

    mutating func scan(_ text: Span<UInt8>) throws(JOSEError) {
        skipSpace(text)
        try scanValue(text)
        skipSpace(text)
        guard index == text.count else { throw Self.invalid("more after the value", at: index) }
    }

    static func invalid(_ what: StaticString, at index: Int) -> JOSEError {
        JOSEError(.jsonInvalid, "\(what) at octet \(index)")
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return
            }
        }
    }

    private mutating func scanValue(_ text: Span<UInt8>) throws(JOSEError) {
        guard index < text.count else { throw Self.invalid("the text ends where a value is expected", at: index) }
        switch text[index] {
        case UInt8(ascii: "\""): try scanString(text)
        case UInt8(ascii: "{"): try scanObject(text)
        case UInt8(ascii: "["): try scanArray(text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber(text)
        case UInt8(ascii: "t"): try scanLiteral(text, "true", .true)
        case UInt8(ascii: "f"): try scanLiteral(text, "false", .false)
        case UInt8(ascii: "n"): try scanLiteral(text, "null", .null)
        default: throw Self.invalid("no value begins like this", at: index)
        }
    }

    private mutating func scanLiteral(
        _ text: Span<UInt8>, _ word: StaticString, _ kind: JSONTape.Kind
    ) throws(JOSEError) {
        let end = index &+ word.utf8CodeUnitCount
        guard end <= text.count, text.extracting(index..<end).isEqual(to: word) else {
            throw Self.invalid("expected true, false or null", at: index)
        }
        append(kind, index, end)
        index = end
    }

    private mutating func append(_ kind: JSONTape.Kind, _ start: Int, _ end: Int) {
        parts.append(
            JSONTape.Part(
                start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: parts.count &+ 1),
                kind: kind
            )
        )
    }
}

// MARK: - Containers

extension JSONScanner {
    private mutating func enter(_ kind: JSONTape.Kind) throws(JOSEError) -> Int {
        guard depth < depthLimit else { throw Self.invalid("nested too deeply", at: index) }
        depth &+= 1
        let opened = parts.count
        append(kind, index, index)
        index &+= 1
        return opened
    }

    private mutating func leave(_ opened: Int) {
        index &+= 1
        depth &-= 1
        parts[opened].end = UInt32(truncatingIfNeeded: index)
        parts[opened].next = UInt32(truncatingIfNeeded: parts.count)
    }

    private mutating func scanArray(_ text: Span<UInt8>) throws(JOSEError) {
        let opened = try enter(.array)
        skipSpace(text)
        if index < text.count, text[index] == UInt8(ascii: "]") { return leave(opened) }
        while true {
            try scanValue(text)
            skipSpace(text)
            guard index < text.count else { throw Self.invalid("an array is not closed", at: index) }
            switch text[index] {
            case UInt8(ascii: ","): index &+= 1
            case UInt8(ascii: "]"): return leave(opened)
            default: throw Self.invalid("expected , or ] in an array", at: index)
            }
            skipSpace(text)
        }
    }

    private mutating func scanObject(_ text: Span<UInt8>) throws(JOSEError) {
        let opened = try enter(.object)
        var members = 0
        skipSpace(text)
        if index < text.count, text[index] == UInt8(ascii: "}") { return leave(opened) }
        while true {
            guard index < text.count, text[index] == UInt8(ascii: "\"") else {
                throw Self.invalid("expected a member's name", at: index)
            }
            try scanString(text)
            members &+= 1
            skipSpace(text)
            guard index < text.count, text[index] == UInt8(ascii: ":") else {
                throw Self.invalid("expected : after a member's name", at: index)
            }
            index &+= 1
            skipSpace(text)
            try scanValue(text)
            skipSpace(text)
            guard index < text.count else { throw Self.invalid("an object is not closed", at: index) }
            switch text[index] {
            case UInt8(ascii: ","): index &+= 1
            case UInt8(ascii: "}"):
                leave(opened)
                return try refuseDuplicates(in: opened, members: members, text)
            default: throw Self.invalid("expected , or } in an object", at: index)
            }
            skipSpace(text)
        }
    }

    /// Names are compared as code points after escapes. Small objects pair by pair, without allocating; larger ones
    /// by a set, so that an object of many members can't cost quadratic time.
    private func refuseDuplicates(in opened: Int, members: Int, _ text: Span<UInt8>) throws(JOSEError) {
        guard members > 1 else { return }
        guard members <= 24, !hasEscapedName(in: opened) else {
            return try refuseDuplicatesBySet(in: opened, text)
        }
        let end = Int(parts[opened].next)
        var left = opened &+ 1
        while left < end {
            let a = parts[left]
            let length = a.end &- a.start
            let first = Int(a.start)
            var right = Int(parts[left &+ 1].next)
            while right < end {
                let b = parts[right]
                if b.end &- b.start == length, length == 0 || text[Int(b.start)] == text[first] {
                    let same = text.extracting(first..<Int(a.end)).isEqual(
                        to: text.extracting(Int(b.start)..<Int(b.end))
                    )
                    if same { throw Self.duplicate(at: Int(b.start)) }
                }
                right = Int(parts[right &+ 1].next)
            }
            left = Int(parts[left &+ 1].next)
        }
    }

    private func hasEscapedName(in opened: Int) -> Bool {
        let end = Int(parts[opened].next)
        var name = opened &+ 1
        while name < end {
            if parts[name].kind == .escapedString { return true }
            name = Int(parts[name &+ 1].next)
        }
        return false
    }

    private func refuseDuplicatesBySet(in opened: Int, _ text: Span<UInt8>) throws(JOSEError) {
        var seen: Set<[UInt8]> = []
        let end = Int(parts[opened].next)
        var name = opened &+ 1
        while name < end {
            let part = parts[name]
            let octets = text.extracting(Int(part.start)..<Int(part.end))
            let decoded = part.kind == .escapedString ? JSONString.decode(octets) : octets.copied()
            guard seen.insert(decoded).inserted else { throw Self.duplicate(at: Int(part.start)) }
            name = Int(parts[name &+ 1].next)
        }
    }

    private static func duplicate(at index: Int) -> JOSEError {
        JOSEError(.jsonDuplicateMember, "a member's name comes twice in one object, at octet \(index)")
    }
}

// MARK: - Strings and numbers

extension JSONScanner {
    private mutating func scanString(_ text: Span<UInt8>) throws(JOSEError) {
        let start = index &+ 1
        var kind = JSONTape.Kind.string
        index = JSONString.endOfPlainOctets(text, from: start)
        while index < text.count {
            let octet = text[index]
            switch octet {
            case UInt8(ascii: "\""):
                append(kind, start, index)
                index &+= 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                index = try JSONString.endOfEscape(text, at: index)
            case 0x20...0x7F: index = JSONString.endOfPlainOctets(text, from: index &+ 1)
            case 0x80...0xFF: index = try JSONString.endOfSequence(text, at: index)
            default: throw Self.invalid("a control character in a string", at: index)
            }
        }
        throw Self.invalid("a string is not closed", at: index)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, RFC 8259 section 6.
    private mutating func scanNumber(_ text: Span<UInt8>) throws(JOSEError) {
        let start = index
        if text[index] == UInt8(ascii: "-") { index &+= 1 }
        let whole = skipDigits(text)
        guard whole > 0 else { throw Self.invalid("a number without digits", at: index) }
        guard whole == 1 || text[index &- whole] != UInt8(ascii: "0") else {
            throw Self.invalid("a number with a leading zero", at: start)
        }
        var kind = JSONTape.Kind.integer
        if index < text.count, text[index] == UInt8(ascii: ".") {
            kind = .number
            index &+= 1
            guard skipDigits(text) > 0 else { throw Self.invalid("a number without digits after its point", at: index) }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            kind = .number
            index &+= 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index &+= 1 }
            guard skipDigits(text) > 0 else { throw Self.invalid("a number without digits in its exponent", at: index) }
        }
        let octets = text.extracting(start..<index)
        // Eighteen digits always fit.
        if kind == .integer, whole > 18, JSONNumber.integer(octets) == nil { kind = .number }
        if kind == .number, JSONNumber.double(octets) == nil { throw Self.invalid("a number out of range", at: start) }
        append(kind, start, index)
    }

    private mutating func skipDigits(_ text: Span<UInt8>) -> Int {
        let start = index
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index &+= 1 }
        return index &- start
    }
}
