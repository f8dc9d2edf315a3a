/// Decides what a request's path means, once, so that what is matched is what the upstream gets.
///
/// Gateways are bypassed where they and the upstream read one path differently. So nothing here is guessed or
/// repaired: a path with two readings is refused (`request-malformed`), and of the rest only equivalent spellings
/// are unified (RFC 3986 section 6.2.2: escapes of unreserved characters decoded, hexadecimal digits upper-cased).
///
/// Refused, each because some server reads it otherwise: dot segments, plain or escaped, with or without a path
/// parameter (`/..;/`); empty segments (`//`); escaped slashes and backslashes; backslashes; escaped control
/// characters, NUL first; doubly escaped separators, dots and escapes (`%252e`); and every octet that RFC 3986 does
/// not allow in a path.
enum RequestPath {
    /// Why a path is refused; for the log.
    enum Fault: String, Error, Equatable, CaseIterable {
        case notAbsolute = "path-not-absolute"
        case forbiddenOctet = "path-forbidden-octet"
        case brokenEscape = "path-broken-escape"
        case escapedSeparator = "path-escaped-separator"
        case escapedControl = "path-escaped-control"
        case doubleEscape = "path-double-escape"
        case dotSegment = "path-dot-segment"
        case emptySegment = "path-empty-segment"
    }

    /// What to do with a path.
    enum Verdict: Equatable {
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
        var respelled = false
        var index = 1
        while index < path.count {
            let octet = path[index]
            index &+= 1
            if Octet.isPlainPath(octet) {
                segment.add(isDot: false)
                continue
            }
            switch octet {
            case Octet.dot: segment.add(isDot: true)
            case Octet.slash:
                if segment.length == 0 { return .refused(.emptySegment) }
                if segment.isDots { return .refused(.dotSegment) }
                segment = Segment()
            case Octet.semicolon:
                // Some servers cut path parameters off before they resolve dots: `/orders/..;/admin`.
                if segment.isDots { return .refused(.dotSegment) }
                segment.add(isDot: false)
            case Octet.percent:
                switch escape(in: path, at: index) {
                case .failure(let fault): return .refused(fault)
                case .success(let escape):
                    respelled = respelled || escape.isRespelled
                    segment.add(isDot: escape.value == Octet.dot)
                    index &+= 2
                }
            default: return .refused(.forbiddenOctet)
            }
        }
        if segment.isDots { return .refused(.dotSegment) }
        return respelled ? .respelled : .clean
    }

    /// Appends the one spelling of a path whose verdict is not a refusal.
    static func rewrite(_ path: Span<UInt8>, into output: inout [UInt8]) {
        var index = 0
        while index < path.count {
            let octet = path[index]
            index &+= 1
            guard octet == Octet.percent, case .success(let escape) = escape(in: path, at: index) else {
                output.append(octet)
                continue
            }
            index &+= 2
            if Octet.isUnreserved(escape.value) {
                output.append(escape.value)
            } else {
                output.append(Octet.percent)
                output.append(Octet.upperHex(escape.value >> 4))
                output.append(Octet.upperHex(escape.value & 15))
            }
        }
    }

    private struct Segment {
        var length = 0
        private var onlyDots = true

        mutating func add(isDot: Bool) {
            length &+= 1
            onlyDots = onlyDots && isDot
        }

        /// `.` or `..`, however spelled.
        var isDots: Bool { onlyDots && (length == 1 || length == 2) }
    }

    private struct Escape {
        var value: UInt8
        /// The canonical spelling is another one.
        var isRespelled: Bool
    }

    /// Reads the two digits after a percent sign.
    private static func escape(in path: Span<UInt8>, at index: Int) -> Result<Escape, Fault> {
        guard let value = octet(in: path, at: index) else { return .failure(.brokenEscape) }
        switch value {
        case Octet.slash, Octet.backslash: return .failure(.escapedSeparator)
        case 0..<0x20, 0x7f: return .failure(.escapedControl)
        case Octet.percent:
            guard let inner = self.octet(in: path, at: index + 2) else { break }
            switch inner {
            case Octet.slash, Octet.backslash, Octet.dot, Octet.percent, 0..<0x20, 0x7f:
                return .failure(.doubleEscape)
            default: break
            }
        default: break
        }
        let isCanonical =
            !Octet.isUnreserved(value) && path[index] == Octet.upperHex(value >> 4)
            && path[index + 1] == Octet.upperHex(value & 15)
        return .success(Escape(value: value, isRespelled: !isCanonical))
    }

    private static func octet(in path: Span<UInt8>, at index: Int) -> UInt8? {
        guard path.count - index >= 2, let high = Octet.hexValue(path[index]), let low = Octet.hexValue(path[index + 1])
        else { return nil }
        return high << 4 | low
    }
}
