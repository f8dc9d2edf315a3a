import HTTPEngine

/// The `Via` field (RFC 9110 section 7.6.3): the gateway's own line in it, and whether a request goes in circles.
struct ViaField {
    /// How often a request may have passed this gateway before. A service behind it may well call another through it and
    /// copy the field along; a circle reaches any number.
    static let maximumPasses = 5

    private let name: [UInt8]
    /// `Via: 1.1 …` with its CRLF.
    private let line: [UInt8]
    /// The same for a request that came by HTTP/1.0.
    private let oldLine: [UInt8]

    /// - Parameter pseudonym: what the gateway calls itself; a token.
    init(pseudonym: String) {
        name = Array(pseudonym.utf8)
        line = Array("Via: 1.1 \(pseudonym)\r\n".utf8)
        oldLine = Array("Via: 1.0 \(pseudonym)\r\n".utf8)
    }

    /// Adds this gateway to those that the request has passed.
    func write(for head: borrowing RequestHead, into output: inout OutputBuffer) {
        output.append(head.minorVersion == 0 ? oldLine : line)
    }

    /// Whether the request has passed this gateway so often that it must be going in circles.
    func goesInCircles(_ head: borrowing RequestHead) -> Bool {
        guard head.firstIndex(of: .via) != nil else { return false }
        var passes = 0
        for index in 0..<head.fieldCount where head.known(at: index) == .via {
            passes += count(in: head.value(at: index))
        }
        return passes >= Self.maximumPasses
    }

    /// How many members of a list name this gateway: a protocol's version, blanks, the name.
    private func count(in list: Span<UInt8>) -> Int {
        var found = 0
        var start = 0
        while start < list.count {
            var end = start
            while end < list.count, list[end] != UInt8(ascii: ",") { end &+= 1 }
            if isOwn(list.extracting(start..<end)) { found += 1 }
            start = end &+ 1
        }
        return found
    }

    private func isOwn(_ member: Span<UInt8>) -> Bool {
        var index = 0
        skip(member, &index, blanks: true)
        skip(member, &index, blanks: false)
        skip(member, &index, blanks: true)
        let start = index
        skip(member, &index, blanks: false)
        guard index - start == name.count else { return false }
        for place in 0..<name.count where member[start + place] != name[place] { return false }
        return true
    }

    private func skip(_ member: Span<UInt8>, _ index: inout Int, blanks: Bool) {
        while index < member.count, (member[index] == Octet.space || member[index] == Octet.tab) == blanks {
            index &+= 1
        }
    }
}
