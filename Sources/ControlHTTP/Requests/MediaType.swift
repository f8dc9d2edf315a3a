package import Hummingbird

extension Request {
    /// Checks that `Content-Type` is `expected`, with no parameter but `charset=utf-8`.
    ///
    /// - Parameter expected: type and subtype in lower case, as `application/json`.
    /// - Throws: ``ControlHTTPError`` with `mediaTypeUnsupported`; also when the field is absent or came twice.
    package func requireMediaType(_ expected: String) throws(ControlHTTPError) {
        let refusal = ControlHTTPError(.mediaTypeUnsupported, "Content-Type must be \(expected)")
        let fields = headers[values: .contentType]
        guard fields.count == 1, let field = fields.first else { throw refusal }
        let parts = field.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        guard let type = parts.first, type.lowercased() == expected else { throw refusal }
        for parameter in parts.dropFirst() {
            let lowered = parameter.lowercased()
            guard lowered == "charset=utf-8" || lowered == "charset=\"utf-8\"" else { throw refusal }
        }
    }

    /// Optional white space of RFC 9110 section 5.6.3 removed at both ends.
    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
