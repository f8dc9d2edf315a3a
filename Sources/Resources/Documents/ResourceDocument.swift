package import JOSE

/// A resource as a file or a request describes it: kind, name and spec, checked on its own.
///
/// That what it refers to exists, and that nothing conflicts, is checked when it is applied.
package struct ResourceDocument: Sendable, Hashable {
    /// The spec by kind.
    package enum Content: Sendable, Hashable {
        case api(APISpec)
        case client(ClientSpec)
    }

    /// The resource's name.
    package let name: String
    /// Its spec.
    package let content: Content
    /// Where its fields stand in the source.
    let places: SourcePlaces

    /// A document without source.
    package init(name: String, content: Content) {
        self.init(name: name, content: content, places: SourcePlaces())
    }

    init(name: String, content: Content, places: SourcePlaces) {
        self.name = name
        self.content = content
        self.places = places
    }

    /// The resource's kind.
    package var kind: ResourceKind {
        switch content {
        case .api: .api
        case .client: .client
        }
    }

    /// The whole document as JSON: `kind`, `name`, `spec`.
    package func json(_ form: SpecForm) -> JSONObject {
        ["kind": .string(kind.rawValue), "name": .string(name), "spec": .object(content.json(form))]
    }

    /// Where a path of this document stands in its source, `FILE:LINE`; nil without source.
    package func location(of path: String) -> String? {
        places.fault(path: path, message: "").location
    }

    /// Documents are equal when they say the same, wherever they stand.
    package static func == (left: ResourceDocument, right: ResourceDocument) -> Bool {
        left.name == right.name && left.content == right.content
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(content)
    }
}

/// Which fields a spec is written with.
package enum SpecForm: Sendable {
    /// Every field: what is stored, compared and answered. It keeps its meaning when defaults change.
    case full
    /// Without the fields that have their default: what people read and keep in a repository.
    case concise
}

/// The lines of one document's fields.
struct SourcePlaces: Sendable {
    var file: String?
    /// What stands before the document's own paths in messages, such as `documents[0].`.
    var prefix = ""
    var lines: [String: Int] = [:]
    var firstLine: Int?

    /// A fault at a path: the line is that of the path, or of the nearest field around it.
    func fault(path: String, message: String) -> ResourceFault {
        var line: Int?
        var outer = prefix + path
        while line == nil, !outer.isEmpty {
            line = lines[outer]
            outer = String(outer[..<(outer.lastIndex { $0 == "." || $0 == "[" } ?? outer.startIndex)])
        }
        return ResourceFault(file: file, line: line ?? firstLine, path: prefix + path, message: message)
    }
}
