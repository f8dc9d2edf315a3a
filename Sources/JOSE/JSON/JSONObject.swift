/// The members of a JSON object, in order, each name once.
///
/// Names are compared by code points. Lookup walks the members: these are headers, keys and claims, not databases.
public struct JSONObject: Sendable {
    private var members: [(name: String, value: JSONValue)]

    /// An object without members.
    public init() {
        members = []
    }

    /// An object of these members; the last of two equal names wins.
    public init(_ members: [(name: String, value: JSONValue)]) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for member in members { self[member.name] = member.value }
    }

    /// Reads an object, strictly; see `JSONValue.init(parsing:limits:)`.
    /// - Throws: `json-invalid`, `json-duplicate-member`.
    public init(parsing text: [UInt8], limits: JSONLimits = .default) throws(JOSEError) {
        guard case .object(let object) = try JSONValue(parsing: text, limits: limits) else {
            throw JOSEError(.jsonInvalid, "expected a JSON object")
        }
        self = object
    }

    init(uniqueMembers: [(name: String, value: JSONValue)]) {
        members = uniqueMembers
    }

    /// The value of a member. Setting nil removes the member; setting a value keeps its place or appends it.
    public subscript(_ name: String) -> JSONValue? {
        get {
            for member in members where isSameText(member.name, name) { return member.value }
            return nil
        }
        set {
            let index = members.firstIndex { isSameText($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// The names, in order.
    public var names: [String] { members.map(\.name) }

    /// The text of the object, without white space.
    public func serialized() -> [UInt8] { JSONValue.object(self).serialized() }
}

extension JSONObject: Sequence {
    public typealias Element = (name: String, value: JSONValue)

    public func makeIterator() -> IndexingIterator<[(name: String, value: JSONValue)]> { members.makeIterator() }

    /// The number of members.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }
}

extension JSONObject: Equatable {
    /// Objects are equal when their members are, in whichever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// The last of two equal names wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
