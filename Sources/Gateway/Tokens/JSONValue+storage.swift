import JOSE

extension JSONValue {
    /// About how many octets the value occupies beside its own place. In memory many small values take several times what
    /// their text does, so that the text's length would be no bound.
    var storage: Int {
        switch self {
        case .null, .bool, .integer, .number: 0
        case .string(let text): Self.storage(of: text)
        case .array(let elements):
            elements.reduce(Self.header) { $0 + MemoryLayout<JSONValue>.stride + $1.storage }
        case .object(let members):
            members.reduce(Self.header) { sum, member in
                sum + MemoryLayout<JSONObject.Element>.stride + Self.storage(of: member.name) + member.value.storage
            }
        }
    }

    /// What the run-time puts before an array's or a string's contents.
    private static let header = 32

    /// Strings of up to fifteen octets stand in their own place.
    private static func storage(of text: String) -> Int {
        text.utf8.count <= 15 ? 0 : header + text.utf8.count
    }
}
