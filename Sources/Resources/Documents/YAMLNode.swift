package import JOSE

/// A value of a YAML document or a JSON body, with its line where the source has lines.
///
/// Scalars are typed by the core schema of YAML 1.2 (`yes`, `on` and `0777` are no booleans and no octal numbers), so
/// that YAML and JSON mean the same.
package struct YAMLNode: Sendable, Equatable {
    /// What a node is.
    package indirect enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case integer(Int64)
        /// A number that is not an `Int64`, as written.
        case number(String)
        case string(String)
        case sequence([YAMLNode])
        case mapping([YAMLMember])
    }

    /// What the node is.
    package let value: Value
    /// Its first line, counted from 1; nil in a JSON body.
    package let line: Int?

    /// Makes a node.
    package init(_ value: Value, line: Int? = nil) {
        self.value = value
        self.line = line
    }

    /// The same value as a JSON body would hold it; without lines.
    package init(json: JSONValue) {
        let value: Value =
            switch json {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .number(let value): .number("\(value)")
            case .string(let value): .string(value)
            case .array(let values): .sequence(values.map { YAMLNode(json: $0) })
            case .object(let object):
                .mapping(object.map { YAMLMember(name: $0.name, line: nil, value: YAMLNode(json: $0.value)) })
            }
        self.init(value)
    }

    /// The most members of a mapping that `json` takes: a JSON object finds a member by walking over all.
    static let mostJSONMembers = 1000

    /// The node as JSON; nil if it holds a number that `Double` can't, or a mapping of more than 1,000 members.
    package var json: JSONValue? {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let text): return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .string(let value): return .string(value)
        case .sequence(let nodes):
            let values = nodes.compactMap(\.json)
            return values.count == nodes.count ? .array(values) : nil
        case .mapping(let members):
            guard members.count <= Self.mostJSONMembers else { return nil }
            var object = JSONObject()
            for member in members {
                guard let value = member.value.json else { return nil }
                object[member.name] = value
            }
            return .object(object)
        }
    }

    /// How an error message names the node: its type, and a short scalar as it is.
    package var summary: String {
        switch value {
        case .null: "nothing"
        case .bool(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .number(let text): "the number \(text.prefix(40))"
        case .string(let text): "\"\(Self.clipped(text))\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// A text short and tame enough for an error message.
    static func clipped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            guard result.unicodeScalars.count < 60 else { return result + "…" }
            let isTame = scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && scalar != "\""
            result.unicodeScalars.append(isTame ? scalar : "?")
        }
        return result
    }
}

/// A member of a mapping.
package struct YAMLMember: Sendable, Equatable {
    /// The key; unique within its mapping.
    package let name: String
    /// The key's line, counted from 1; nil in a JSON body.
    package let line: Int?
    /// The value.
    package let value: YAMLNode

    /// Makes a member.
    package init(name: String, line: Int?, value: YAMLNode) {
        self.name = name
        self.line = line
        self.value = value
    }
}
