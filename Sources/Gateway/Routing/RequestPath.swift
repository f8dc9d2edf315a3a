/// Decides what a request's path means, once, so that what is matched is what the upstream gets.
///
/// Gateways are bypassed where they and the upstream read one path differently. So nothing here is guessed or
/// repaired: a path with two readings is refused (`request-malformed`), and of the rest only equivalent spellings
/// are unified (RFC 3986 section 6.2.2: escapes of unreserved characters decoded, hexadecimal digits upper-cased).
///
/// Refused, each because some server reads it otherwise: dot segments, plain or escaped, with a path parameter
/// (`/..;/`) or dots and blanks behind them; empty segments (`//`), also those that are empty without their parameters
/// (`/;x/`); escaped slashes and backslashes, wide forms of them too; backslashes; escaped control characters, NUL first; doubly escaped
/// delimiters, dots and escapes (`%252e`); overlong UTF-8; and every octet that RFC 3986 does not allow in a path.
///
/// What remains may still be read otherwise in its details (``LooseSegment``); then the ``Router`` sees to it that every
/// reading finds the same route.
enum RequestPath {
    /// Why a path is refused; for the log.
    enum Fault: String, Error, Equatable, CaseIterable {
        case notAbsolute = "path-not-absolute"
        case forbiddenOctet = "path-forbidden-octet"
        case brokenEscape = "path-broken-escape"
        case escapedSeparator = "path-escaped-separator"
        case escapedControl = "path-escaped-control"
        case doubleEscape = "path-double-escape"
        case overlongEncoding = "path-overlong-encoding"
        case dotSegment = "path-dot-segment"
        case emptySegment = "path-empty-segment"
    }

    /// What to do with a path.
    enum Verdict: Equatable {
        /// It is in its one spelling already, and every server reads it as it stands.
        case plain
        /// It is in its one spelling already.
        case clean
        /// It has an equivalent spelling; ``rewrite(_:into:)`` gives the one to use.
        case respelled
        case refused(Fault)
    }

    /// Judges a path as it came, without its query. Allocates nothing.
    static func verdict(of path: Span<UInt8>) -> Verdict {
        guard path.count > 0, path[0] == Octet.slash else { return .refused(.notAbsolute) }
        var segment = Segment()
        var isRespelled = false
        var isPlain = true
        var index = 1
        while index < path.count {
            let octet = path[index]
            index &+= 1
            if Octet.isPlainPath(octet) {
                segment.add()
                isPlain = isPlain && !Octet.isCapital(octet)
                continue
            }
            switch octet {
            case Octet.dot: segment.add(ignorable: octet)
            case Octet.dollar:
                // With a colon before it some servers read the name of a stream.
                segment.add()
                isPlain = false
            case Octet.slash:
                if let fault = segment.fault(isLast: false) { return .refused(fault) }
                isPlain = isPlain && !segment.endsIgnorably
                segment = Segment()
            case Octet.semicolon:
                segment.cut()
                isPlain = false
            case Octet.percent:
                switch escape(in: path, at: index) {
                case .failure(let fault): return .refused(fault)
                case .success(let escape):
                    isPlain = false
                    isRespelled = isRespelled || escape.isRespelled
                    segment.add(decoded: escape.value)
                    index &+= escape.length
                }
            default: return .refused(.forbiddenOctet)
            }
        }
        if let fault = segment.fault(isLast: true) { return .refused(fault) }
        if isRespelled { return .respelled }
        return isPlain && !segment.endsIgnorably && (segment.length > 0 || path.count == 1) ? .plain : .clean
    }

    /// Appends the one spelling of a path whose verdict is not a refusal.
    static func rewrite(_ path: Span<UInt8>, into output: inout [UInt8]) {
        var index = 0
        while index < path.count {
            let octet = path[index]
            index &+= 1
            guard octet == Octet.percent, let value = Octet.hexValue(in: path, at: index) else {
                output.append(octet)
                continue
            }
            index &+= 2
            if Octet.isUnreserved(value) {
                output.append(value)
            } else {
                output.append(Octet.percent)
                output.append(Octet.upperHex(value >> 4))
                output.append(Octet.upperHex(value & 15))
            }
        }
    }

    /// What a segment consists of, so far.
    private struct Segment {
        private(set) var length = 0
        /// There is something that no server drops.
        private var hasSubstance = false
        private var hasDot = false
        private var isCut = false
        /// Its last octet is one that some servers drop.
        private(set) var endsIgnorably = false

        @inline(__always)
        mutating func add() {
            length &+= 1
            hasSubstance = hasSubstance || !isCut
            endsIgnorably = false
        }

        /// A dot or a blank.
        mutating func add(ignorable octet: UInt8) {
            length &+= 1
            hasDot = hasDot || (octet == Octet.dot && !isCut)
            endsIgnorably = true
        }

        mutating func add(decoded octet: UInt8) {
            if LooseSegment.isCut(octet) { return cut() }
            if LooseSegment.isIgnorable(octet) { add(ignorable: octet) } else { add() }
        }

        /// Path parameters begin: some servers cut them off, and do so before they resolve dots.
        mutating func cut() {
            length &+= 1
            isCut = true
        }

        /// Why a path with this segment is refused.
        func fault(isLast: Bool) -> Fault? {
            if hasSubstance { return nil }
            if hasDot { return .dotSegment }
            return isLast ? nil : .emptySegment
        }
    }

    private struct Escape {
        /// What it means, decoded twice where it can be.
        var value: UInt8
        /// Octets after the percent sign.
        var length: Int
        /// The canonical spelling is another one.
        var isRespelled: Bool
    }

    /// Reads what follows a percent sign.
    private static func escape(in path: Span<UInt8>, at index: Int) -> Result<Escape, Fault> {
        guard let value = Octet.hexValue(in: path, at: index) else { return .failure(.brokenEscape) }
        if let narrow = Octet.narrowed(in: path, at: index) {
            if narrow == Octet.slash || narrow == Octet.backslash { return .failure(.escapedSeparator) }
            return .success(Escape(value: narrow, length: 8, isRespelled: !isCanonical(path, from: index, count: 3)))
        }
        if Octet.isNoBreakSpace(in: path, at: index) {
            return .success(
                Escape(value: Octet.space, length: 5, isRespelled: !isCanonical(path, from: index, count: 2)))
        }
        switch value {
        case Octet.slash, Octet.backslash: return .failure(.escapedSeparator)
        case 0..<0x20, 0x7f: return .failure(.escapedControl)
        case Octet.percent:
            guard let inner = Octet.hexValue(in: path, at: index + 2) else { break }
            switch inner {
            case Octet.slash, Octet.backslash, Octet.dot, Octet.percent, 0..<0x20, 0x7f: return .failure(.doubleEscape)
            case _ where LooseSegment.isCut(inner): return .failure(.doubleEscape)
            default: return .success(Escape(value: inner, length: 4, isRespelled: false))
            }
        case 0xc0...: if isOverlong(value, in: path, at: index + 2) { return .failure(.overlongEncoding) }
        default: break
        }
        let isRespelled = Octet.isUnreserved(value) || !isCanonical(path, from: index, count: 1)
        return .success(Escape(value: value, length: 2, isRespelled: isRespelled))
    }

    /// Whether so many escapes, of which the first one's digits begin at the index, have upper-case digits.
    private static func isCanonical(_ path: Span<UInt8>, from index: Int, count: Int) -> Bool {
        for escape in 0..<count {
            for digit in 0..<2 where path[index + 3 * escape + digit] >= UInt8(ascii: "a") { return false }
        }
        return true
    }

    /// Whether escaped octets begin a character in more octets than it needs (RFC 3629 section 3): `%C0%AE` is a dot to
    /// a careless decoder, and nothing to a careful one.
    private static func isOverlong(_ first: UInt8, in path: Span<UInt8>, at index: Int) -> Bool {
        guard index < path.count, path[index] == Octet.percent,
            let second = Octet.hexValue(in: path, at: index + 1), second & 0xc0 == 0x80
        else { return false }
        switch first {
        case 0xc0, 0xc1: return true
        case 0xe0: return second < 0xa0
        case 0xf0: return second < 0x90
        default: return false
        }
    }
}
