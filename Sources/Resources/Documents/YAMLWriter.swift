package import JOSE

/// Writes JSON values as YAML in one fixed style, so that equal values give equal text: mappings in block style, lists
/// of scalars in one line, texts without quotes where every YAML reader takes them for text.
package struct YAMLWriter {
    private var text = ""

    /// One document per value, separated by `---`.
    package static func text(of documents: [JSONObject]) -> String {
        documents.map { document in
            var writer = YAMLWriter()
            writer.members(document, indent: 0, isAfterDash: false)
            return writer.text
        }.joined(separator: "---\n")
    }

    private mutating func members(_ object: JSONObject, indent: Int, isAfterDash: Bool) {
        var isFirst = isAfterDash
        for (name, value) in object {
            if !isFirst { text += String(repeating: " ", count: indent) }
            isFirst = false
            text += Self.scalar(name) + ":"
            nested(value, indent: indent)
        }
    }

    private mutating func nested(_ value: JSONValue, indent: Int) {
        switch value {
        case .object(let object) where !object.isEmpty:
            text += "\n"
            members(object, indent: indent + 2, isAfterDash: false)
        case .array(let items) where items.contains(where: Self.isContainer):
            text += "\n"
            for item in items { self.item(item, indent: indent + 2) }
        default:
            text += " " + Self.inline(value) + "\n"
        }
    }

    private mutating func item(_ value: JSONValue, indent: Int) {
        text += String(repeating: " ", count: indent) + "- "
        if case .object(let object) = value, !object.isEmpty {
            members(object, indent: indent + 2, isAfterDash: true)
        } else {
            text += Self.inline(value) + "\n"
        }
    }

    private static func isContainer(_ value: JSONValue) -> Bool {
        switch value {
        case .object, .array: true
        default: false
        }
    }

    private static func inline(_ value: JSONValue) -> String {
        switch value {
        case .array(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.map { "\(scalar($0.name)): \(inline($0.value))" }.joined(separator: ", ") + "}"
        case .string(let text): scalar(text)
        default: value.serializedString(pretty: false)
        }
    }

    /// A text plain, or in double quotes when a reader could take it for something else.
    static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 1024, plainStart.contains(first),
            text.utf8.allSatisfy(plainRest.contains), text.utf8.last != UInt8(ascii: ":"),
            !words.contains(text.lowercased())
        else { return false }
        // Numbers, and what YAML 1.1 reads as such (octal, sexagesimal, dates), begin with a digit: a plain text with
        // a digit first needs a letter that none of those has.
        guard ResourceName.isDigit(first) else { return true }
        let letters = text.utf8.filter { ResourceURI.isLetter($0) }
        return letters.contains { !"abcefox".utf8.contains($0 | 0x20) }
            && YAMLScalar.value(ofPlain: text) == .string(text)
    }

    private static let plainStart = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_".utf8)
    /// No space, `#`, quote, flow indicator or anything that needs thought; `:` is safe without a space behind it.
    private static let plainRest = plainStart.union("-.:+@~".utf8)
    /// What some reader takes for a boolean or nothing.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                // Controls, and the line and paragraph separators that YAML folds.
                let needsEscape =
                    scalar.value < 0x20 || (0x7f...0xa0).contains(scalar.value) || scalar.value == 0x2028
                    || scalar.value == 0x2029 || scalar.value == 0xfeff || (0xfffe...0xffff).contains(scalar.value)
                if needsEscape {
                    let hex = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
