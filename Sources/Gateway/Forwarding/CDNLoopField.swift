import HTTPEngine

/// The `CDN-Loop` field (RFC 8586): the gateway's own line in it, and whether a request goes in circles.
///
/// `Via` would say the same, but costs the client something: with it, nginx as an upstream stops compressing.
struct CDNLoopField {
    /// How often a request may have passed this gateway before. A service behind it may well call another through it and
    /// copy the field along; a circle reaches any number.
    static let maximumPasses = 5

    private let name: [UInt8]
    /// `CDN-Loop: …` with its CRLF.
    private let line: [UInt8]

    /// - Parameter pseudonym: what the gateway calls itself; a token.
    init(pseudonym: String) {
        name = Array(pseudonym.utf8)
        line = Array("CDN-Loop: \(pseudonym)\r\n".utf8)
    }

    /// Adds this gateway to those that the request has passed.
    func write(into output: inout OutputBuffer) { output.append(line) }

    /// Whether the request has passed this gateway so often that it must be going in circles.
    func goesInCircles(_ head: borrowing RequestHead) -> Bool {
        guard head.firstIndex(of: .cdnLoop) != nil else { return false }
        var passes = 0
        for index in 0..<head.fieldCount where head.known(at: index) == .cdnLoop {
            passes += count(in: head.value(at: index))
        }
        return passes >= Self.maximumPasses
    }

    /// How many members of a list name this gateway, whatever parameters they have.
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
        var start = 0
        while start < member.count, Self.isBlank(member[start]) { start &+= 1 }
        var end = start
        while end < member.count, !Self.isBlank(member[end]), member[end] != Octet.semicolon { end &+= 1 }
        guard end - start == name.count else { return false }
        for place in 0..<name.count where member[start + place] != name[place] { return false }
        return true
    }

    private static func isBlank(_ octet: UInt8) -> Bool { octet == Octet.space || octet == Octet.tab }
}
