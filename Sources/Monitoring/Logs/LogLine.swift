import Logging

/// One JSON object on one line, built by hand: full Foundation is not linked for the sake of a log.
struct LogLine {
    private(set) var text = ""
    private var first = true

    mutating func open() { text += "{" }

    mutating func close() { text += "}\n" }

    mutating func member(_ name: String, _ value: String) {
        separate(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: Logger.MetadataValue) {
        separate(name)
        append(value, depth: 0)
    }

    private mutating func separate(_ name: String) {
        if !first { text += "," }
        first = false
        string(name)
        text += ":"
    }

    private mutating func append(_ value: Logger.MetadataValue, depth: Int) {
        switch value {
        case .string(let value): string(value)
        case .stringConvertible(let value): string(value.description)
        case .array(let values) where depth < 4:
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                append(value, depth: depth + 1)
            }
            text += "]"
        case .dictionary(let values) where depth < 4:
            text += "{"
            for (index, name) in values.keys.sorted().enumerated() {
                if index > 0 { text += "," }
                string(name)
                text += ":"
                if let value = values[name] { append(value, depth: depth + 1) }
            }
            text += "}"
        case .array, .dictionary: string("…")
        }
    }

    /// RFC 8259 section 7; control characters are escaped, so a value can't start a line of its own.
    private mutating func string(_ value: String) {
        text += "\""
        var octets = 0
        for scalar in value.unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= JSONLogHandler.maximumValue else {
                text += "…"
                break
            }
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
