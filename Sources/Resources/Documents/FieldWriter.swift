import JOSE

/// Builds the JSON of a spec; in the concise form a field with its default is left out.
struct FieldWriter {
    private let form: SpecForm
    private(set) var object = JSONObject()

    init(_ form: SpecForm) {
        self.form = form
    }

    mutating func put(_ name: String, _ value: JSONValue) {
        object[name] = value
    }

    mutating func put(_ name: String, _ value: String, unless usual: String) {
        if form == .full || value != usual { put(name, .string(value)) }
    }

    mutating func put(_ name: String, _ value: Bool, unless usual: Bool) {
        if form == .full || value != usual { put(name, .bool(value)) }
    }

    mutating func put(_ name: String, _ value: [String], unless usual: [String]) {
        if form == .full || value != usual { put(name, .array(value.map { .string($0) })) }
    }
}
