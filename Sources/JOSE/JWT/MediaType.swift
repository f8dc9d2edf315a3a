/// Values of `typ` and `cty`: media types, of which `application/` may be left out (RFC 7515 section 4.1.9).
enum MediaType {
    /// Whether `type` is `expected`, with or without `application/` in front. Letters count as they are written.
    static func matches(_ type: String, _ expected: String) -> Bool {
        if isSameText(type, expected) { return true }
        let prefix = "application/"
        return type.utf8.starts(with: prefix.utf8)
            && type.utf8.dropFirst(prefix.utf8.count).elementsEqual(expected.utf8)
    }
}
