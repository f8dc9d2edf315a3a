extension JSONValue {
    /// The text of the value, without white space, members in order.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter(isPretty: false)
        writer.write(self)
        return writer.output
    }

    /// The text of the value; `pretty` puts each member and element on its own line, two spaces deeper.
    public func serializedString(pretty: Bool = false) -> String {
        var writer = JSONWriter(isPretty: pretty)
        writer.write(self)
        return String(decoding: writer.output, as: UTF8.self)
    }
}

/// Writes JSON texts that the strict reader reads back to the same value.
struct JSONWriter {
    var output: [UInt8] = []
    private var depth = 0
    private let isPretty: Bool

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(value.description)
        // JSON has no infinities; a value of ours that is none is written as the absence that it is.
        case .number(let value): append(value.isFinite ? value.description : "null")
        case .string(let value): write(value)
        case .array(let elements):
            write(elements.count, between: "[", "]") { writer, index in writer.write(elements[index]) }
        case .object(let object):
            let members = Array(object)
            write(members.count, between: "{", "}") { writer, index in
                writer.write(members[index].name)
                writer.append(writer.isPretty ? ": " : ":")
                writer.write(members[index].value)
            }
        }
    }

    private mutating func write(
        _ count: Int, between open: String, _ close: String, _ element: (inout JSONWriter, Int) -> Void
    ) {
        append(open)
        depth += 1
        for index in 0..<count {
            if index > 0 { append(",") }
            breakLine()
            element(&self, index)
        }
        depth -= 1
        if count > 0 { breakLine() }
        append(close)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }

    mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                append("\\u00")
                output.append(Self.hexadecimal(octet >> 4))
                output.append(Self.hexadecimal(octet & 15))
            default: output.append(octet)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ (digit &- 10)
    }
}
