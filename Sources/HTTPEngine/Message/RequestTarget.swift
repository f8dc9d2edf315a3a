/// The forms of a request target (RFC 9112 section 3.2) and the authority in it.
enum RequestTarget {
    /// Finds form, path and host of `line.targetRange`; returns what is wrong with it.
    static func read(_ bytes: Span<UInt8>, pathEnd: Int, into line: inout RequestLine) -> MalformedReason? {
        let start = Int(line.targetRange.start)
        let end = Int(line.targetRange.end)
        if bytes[start] == Octet.slash {
            line.form = .origin
            line.pathRange = ByteRange(start, pathEnd)
            return nil
        }
        if end &- start == 1, bytes[start] == 0x2A {
            line.form = .asterisk
            line.pathRange = ByteRange(start, end)
            return line.method == .options ? nil : .target
        }
        return readAbsolute(bytes, pathEnd: pathEnd, into: &line)
    }

    private static func readAbsolute(
        _ bytes: Span<UInt8>, pathEnd: Int, into line: inout RequestLine
    ) -> MalformedReason? {
        let start = Int(line.targetRange.start)
        guard let scheme = schemeLength(bytes.extracting(line.targetRange.range)) else { return .target }
        let authorityStart = start &+ scheme
        guard authorityStart <= pathEnd else { return .target }
        var authorityEnd = authorityStart
        while authorityEnd < pathEnd, bytes[authorityEnd] != Octet.slash { authorityEnd &+= 1 }
        guard isAuthority(bytes.extracting(authorityStart..<authorityEnd)) else { return .target }
        line.form = .absolute
        line.hostRange = ByteRange(authorityStart, authorityEnd)
        // Without a path it is "/": the slash before the authority serves as that octet.
        line.pathRange =
            authorityEnd < pathEnd
            ? ByteRange(authorityEnd, pathEnd) : ByteRange(authorityStart &- 1, authorityStart)
        return nil
    }

    private static func schemeLength(_ target: Span<UInt8>) -> Int? {
        if target.count >= 7, target.extracting(0..<7).matches("http://") { return 7 }
        if target.count >= 8, target.extracting(0..<8).matches("https://") { return 8 }
        return nil
    }

    /// `host[:port]` without user information. Narrower than RFC 3986: sub-delims in names are refused, since a comma
    /// or semicolon there is only ever somebody's list.
    static func isAuthority(_ value: Span<UInt8>) -> Bool {
        guard !value.isEmpty else { return false }
        var position = 0
        if value[0] == 0x5B {
            position = 1
            while position < value.count, isAddressOctet(value[position]) { position &+= 1 }
            guard position > 2, position < value.count, value[position] == 0x5D else { return false }
            position &+= 1
        } else {
            while position < value.count, isNameOctet(value[position]) { position &+= 1 }
            guard position > 0 else { return false }
        }
        guard position < value.count else { return true }
        guard value[position] == Octet.colon, value.count &- position <= 6 else { return false }
        position &+= 1
        while position < value.count {
            guard Octet.isDigit(value[position]) else { return false }
            position &+= 1
        }
        return true
    }

    private static func isAddressOctet(_ octet: UInt8) -> Bool {
        Octet.hexadecimal(octet) != nil || octet == Octet.colon || octet == 0x2E
    }

    /// Letters, digits, `-`, `.`, `_`, `~`, `%`.
    @inline(__always)
    private static func isNameOctet(_ octet: UInt8) -> Bool {
        Octet.isAlphanumeric(octet) || octet == 0x2D || octet == 0x2E || octet == 0x5F || octet == 0x7E
            || octet == 0x25
    }
}

extension RequestHead.Method {
    /// Methods are case-sensitive (RFC 9110 section 9.1).
    init(_ name: Span<UInt8>) {
        self =
            switch name.count {
            case 3: name.isExactly("GET") ? .get : name.isExactly("PUT") ? .put : .other
            case 4: name.isExactly("POST") ? .post : name.isExactly("HEAD") ? .head : .other
            case 5: name.isExactly("PATCH") ? .patch : name.isExactly("TRACE") ? .trace : .other
            case 6: name.isExactly("DELETE") ? .delete : .other
            case 7: name.isExactly("OPTIONS") ? .options : .other
            default: .other
            }
    }

    /// RFC 9110 section 9.2.2: may be sent again when its answer got lost.
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .other: false
        }
    }
}

extension Span<UInt8> {
    @inline(__always)
    func isExactly(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && agrees(with: text, at: 0)
    }
}
