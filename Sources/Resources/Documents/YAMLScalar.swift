/// The core schema of YAML 1.2.2 section 10.3.2: what a plain scalar means.
enum YAMLScalar {
    /// The value of a plain (unquoted) scalar.
    static func value(ofPlain text: String) -> YAMLNode.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, isNumberStart(first) else { return .string(text) }
        if isDecimalInteger(text) { return Int64(text).map { .integer($0) } ?? .number(text) }
        if isOtherInteger(text) || isFloat(text) { return .number(text) }
        return .string(text)
    }

    private static func isNumberStart(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isDecimalInteger(_ text: String) -> Bool {
        let digits = unsigned(text)
        return !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    /// `0o17` and `0x1f`: numbers by the schema, and no field of ours is written so.
    private static func isOtherInteger(_ text: String) -> Bool {
        guard text.utf8.count > 2 else { return false }
        return text.hasPrefix("0o") && text.utf8.dropFirst(2).allSatisfy { isDigit($0) && $0 < UInt8(ascii: "8") }
            || text.hasPrefix("0x") && Int64(text.dropFirst(2), radix: 16) != nil
    }

    private static func isFloat(_ text: String) -> Bool {
        let body = unsigned(text)
        let word = String(decoding: body, as: UTF8.self)
        if [".inf", ".Inf", ".INF"].contains(word) || [".nan", ".NaN", ".NAN"].contains(text) { return true }
        guard body.contains(where: isDigit) else { return false }
        var rest = body.drop(while: isDigit)
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: isDigit) }
        if rest.isEmpty { return true }
        guard let e = rest.first, e == UInt8(ascii: "e") || e == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit) && body.first != e
    }

    private static func unsigned(_ text: String) -> Substring.UTF8View {
        let bytes = Substring(text).utf8
        guard let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else { return bytes }
        return Substring(text).dropFirst().utf8
    }
}
