/// A JSON text that has been checked whole, as a flat list of its parts in order.
///
/// Parts point into the text; strings and numbers are decoded when they are asked for. A header or a set of claims
/// thus costs one pass and one allocation, and everything that reads JSON here reads it by the same strict rules.
struct JSONTape: Sendable {
    enum Kind: UInt8, Sendable {
        case null, `true`, `false`, integer, number, string, escapedString, array, object
    }

    /// One part. In an object a member is two parts: the name (a string) and the value.
    struct Part: Sendable {
        /// Octets of the text; of a string without its quotes.
        var start: UInt32
        var end: UInt32
        /// The index of the part after this one and all that it contains.
        var next: UInt32
        var kind: Kind
    }

    var parts: [Part] = []

    /// Checks a text.
    /// - Throws: `json-invalid`, `json-duplicate-member`.
    init(parsing text: Span<UInt8>, limits: JSONLimits) throws(JOSEError) {
        guard text.count <= limits.bytes else {
            throw JOSEError(.jsonInvalid, "expected at most \(limits.bytes) octets of JSON, got \(text.count)")
        }
        var scanner = JSONScanner(depthLimit: limits.depth)
        scanner.parts.reserveCapacity(Swift.min(64, text.count / 4 + 1))
        try scanner.scan(text)
        parts = scanner.parts
    }

    /// The index of the value of the member called `name` in the object at `object`, or nil.
    func member(_ name: StaticString, of object: Int = 0, in text: Span<UInt8>) -> Int? {
        guard object < parts.count, parts[object].kind == .object else { return nil }
        var index = object + 1
        let end = Int(parts[object].next)
        while index < end {
            if isText(at: index, equalTo: name, in: text) { return index + 1 }
            index = Int(parts[index + 1].next)
        }
        return nil
    }

    /// The index of the value of the member called `name`, by code points.
    func member(_ name: String, of object: Int = 0, in text: Span<UInt8>) -> Int? {
        guard object < parts.count, parts[object].kind == .object else { return nil }
        var index = object + 1
        let end = Int(parts[object].next)
        while index < end {
            if let found = string(at: index, in: text), isSameText(found, name) { return index + 1 }
            index = Int(parts[index + 1].next)
        }
        return nil
    }

    /// Whether the part is a string with exactly these code points.
    func isText(at index: Int, equalTo text: StaticString, in source: Span<UInt8>) -> Bool {
        let part = parts[index]
        switch part.kind {
        case .string: return source.extracting(Int(part.start)..<Int(part.end)).isEqual(to: text)
        case .escapedString: return JSONString.decode(octets(of: part, in: source)).span.isEqual(to: text)
        default: return false
        }
    }

    /// The string at `index`, or nil if the part is not a string.
    func string(at index: Int, in text: Span<UInt8>) -> String? {
        let part = parts[index]
        switch part.kind {
        case .string: return text.extracting(Int(part.start)..<Int(part.end)).text()
        case .escapedString: return String(decoding: JSONString.decode(octets(of: part, in: text)), as: UTF8.self)
        default: return nil
        }
    }

    @_lifetime(copy text)
    func octets(of part: Part, in text: Span<UInt8>) -> Span<UInt8> {
        text.extracting(Int(part.start)..<Int(part.end))
    }
}
