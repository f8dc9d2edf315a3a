import HTTPTypes
package import Hummingbird

extension Response {
    /// `document`, or 304 when the request already has it (RFC 9110 section 13.1.2).
    ///
    /// - Parameters:
    ///   - tag: the strong entity tag's opaque text, without quotes.
    ///   - cacheControl: the `Cache-Control` of both answers.
    package static func conditional(
        _ document: [UInt8], type: String, tag: String, cacheControl: String, for request: Request
    ) -> Response {
        let quoted = "\"\(tag)\""
        let headers: HTTPFields = [.eTag: quoted, .cacheControl: cacheControl]
        if request.headers[values: .ifNoneMatch].contains(where: { matches($0, quoted) }) {
            return Response(status: .notModified, headers: headers)
        }
        return .content(document, type: type, headers: headers)
    }

    /// Weak comparison (RFC 9110 section 8.8.3.2) with any member of the field's list.
    private static func matches(_ field: String, _ quoted: String) -> Bool {
        field.split(separator: ",").contains { member in
            var member = member.drop { $0 == " " || $0 == "\t" }
            while member.last == " " || member.last == "\t" { member.removeLast() }
            if member.hasPrefix("W/") { member.removeFirst(2) }
            return member == quoted || member == "*"
        }
    }
}
