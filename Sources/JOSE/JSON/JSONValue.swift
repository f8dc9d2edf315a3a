/// A JSON value.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without point or exponent that fits 64 bits with sign.
    case integer(Int64)
    /// Any other number. Always finite when it was read.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Reads one JSON text (RFC 8259), strictly.
    ///
    /// Refused: duplicate names in an object, nesting or size beyond `limits`, invalid UTF-8, lone surrogates, control
    /// characters in strings, numbers outside the grammar or beyond a Double, anything after the value.
    /// - Throws: `json-invalid`, `json-duplicate-member`.
    public init(parsing text: Span<UInt8>, limits: JSONLimits = .default) throws(JOSEError) {
        let tape = try JSONTape(parsing: text, limits: limits)
        self = tape.value(at: 0, in: text)
    }

    /// Reads one JSON text, strictly.
    /// - Throws: `json-invalid`, `json-duplicate-member`.
    public init(parsing text: [UInt8], limits: JSONLimits = .default) throws(JOSEError) {
        try self.init(parsing: text.span, limits: limits)
    }

    /// Reads one JSON text, strictly.
    /// - Throws: `json-invalid`, `json-duplicate-member`.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JOSEError) {
        try self.init(parsing: [UInt8](text.utf8), limits: limits)
    }

    /// The string, or nil if the value is something else.
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The integer, or nil if the value is something else.
    public var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }

    /// The number as a Double, whether or not it was written as an integer.
    public var numberValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The Boolean, or nil if the value is something else.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements, or nil if the value is no array.
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The object, or nil if the value is something else.
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether the value is null.
    public var isNull: Bool { self == .null }

    /// The member of that name, if the value is an object that has it.
    public subscript(_ member: String) -> JSONValue? { objectValue?[member] }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// The last of two equal names wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (name: $0.0, value: $0.1) }))
    }
}

extension JSONTape {
    /// The value of a part and all that it contains. Recursion is bounded by the depth that the reader allowed.
    func value(at index: Int, in text: Span<UInt8>) -> JSONValue {
        let part = parts[index]
        switch part.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .integer: return .integer(JSONNumber.integer(octets(of: part, in: text)) ?? 0)
        case .number: return .number(JSONNumber.double(octets(of: part, in: text)) ?? 0)
        case .string, .escapedString: return .string(string(at: index, in: text) ?? "")
        case .array:
            var elements: [JSONValue] = []
            var element = index + 1
            while element < Int(part.next) {
                elements.append(value(at: element, in: text))
                element = Int(parts[element].next)
            }
            return .array(elements)
        case .object: return .object(object(at: index, in: text))
        }
    }

    /// The members of the object at `index`, in order. Their names are unique already.
    func object(at index: Int, in text: Span<UInt8>) -> JSONObject {
        var members: [(name: String, value: JSONValue)] = []
        var name = index + 1
        while name < Int(parts[index].next) {
            members.append((string(at: name, in: text) ?? "", value(at: name + 1, in: text)))
            name = Int(parts[name + 1].next)
        }
        return JSONObject(uniqueMembers: members)
    }
}
