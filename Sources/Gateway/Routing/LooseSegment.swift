/// A path segment as the most lenient of servers reads it: without all that some server drops, and unified where some
/// server makes no difference.
///
/// Dropped: path parameters, from a semicolon on (Java's servers); what follows an escaped `?` or `#` (those that split a
/// path after decoding it); the name of a stream, from `:$` or `::$` on, and dots and blanks at the end (Windows).
/// Unified: the case of ASCII letters (Windows, IIS, Express), every escape, decoded twice where it can be, and the wide
/// forms of ASCII (Windows's code pages, Unicode's compatibility forms). No server does all of it at once; but a route that
/// this reading finds is at least as specific as the one that any of them would serve.
struct LooseSegment: ~Escapable {
    /// The segment, up to the last octet that no server drops.
    private let octets: Span<UInt8>
    /// Whether something was cut off: servers differ on whether the rest of the path went with it.
    let isCut: Bool

    @_lifetime(copy segment)
    init(_ segment: Span<UInt8>) {
        var end = 0
        var isCut = false
        var index = 0
        while index < segment.count {
            let octet = Self.next(in: segment, &index)
            if Self.isCut(octet) || octet == Octet.colon && Self.namesStream(segment, index) {
                isCut = true
                break
            }
            if !Self.isIgnorable(octet) { end = index }
        }
        octets = segment.extracting(0..<end)
        self.isCut = isCut
    }

    /// Nothing is left.
    var isEmpty: Bool { octets.isEmpty }

    /// Its octets, decoded and in lower case.
    var folded: [UInt8] {
        var folded: [UInt8] = []
        var index = 0
        while index < octets.count { folded.append(Self.next(in: octets, &index)) }
        return folded
    }

    /// Orders it against a ``folded`` one.
    func compare(_ folded: Span<UInt8>) -> Int {
        var index = 0
        var place = 0
        while index < octets.count {
            guard place < folded.count else { return 1 }
            let octet = Self.next(in: octets, &index)
            if octet != folded[place] { return octet < folded[place] ? -1 : 1 }
            place &+= 1
        }
        return place - folded.count
    }

    /// Whether some servers take an octet for the end of the segment's name.
    static func isCut(_ octet: UInt8) -> Bool {
        octet == Octet.semicolon || octet == UInt8(ascii: "?") || octet == UInt8(ascii: "#")
    }

    /// Whether some servers drop an octet at a segment's end.
    static func isIgnorable(_ octet: UInt8) -> Bool { octet == Octet.dot || octet == Octet.space }

    /// Whether what follows a colon names a stream of the file system, as in `::$INDEX_ALLOCATION`.
    private static func namesStream(_ segment: Span<UInt8>, _ start: Int) -> Bool {
        var index = start
        var octet: UInt8 = 0
        if index < segment.count { octet = next(in: segment, &index) }
        if octet == Octet.colon, index < segment.count { octet = next(in: segment, &index) }
        return octet == Octet.dollar
    }

    /// The octet at the index, decoded and in lower case; moves the index behind it.
    private static func next(in octets: Span<UInt8>, _ index: inout Int) -> UInt8 {
        var octet = octets[index]
        index &+= 1
        if octet == Octet.percent {
            if let narrow = Octet.narrowed(in: octets, at: index) {
                index &+= 8
                return Octet.lowercased(narrow)
            }
            if Octet.isNoBreakSpace(in: octets, at: index) {
                index &+= 5
                return Octet.space
            }
        }
        while octet == Octet.percent, let value = Octet.hexValue(in: octets, at: index) {
            octet = value
            index &+= 2
        }
        return Octet.lowercased(octet)
    }
}
