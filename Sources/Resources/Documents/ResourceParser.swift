package import JOSE

/// Reads resource documents, from YAML (of which JSON is a part) or from a request's JSON, by one schema.
package enum ResourceParser {
    /// Reads a stream of YAML documents.
    ///
    /// - Parameter file: The name that stands in faults.
    /// - Throws: Every fault found, each with its line.
    package static func parse(yaml text: String, file: String) throws(ResourceErrors) -> [ResourceDocument] {
        let faults = FaultCollector(file: file)
        var documents: [ResourceDocument] = []
        for document in try YAMLDocument.parse(text, file: file) {
            let value = FieldValue(node: document.root, path: "", faults: faults)
            if let document = ResourceDocument(value, prefix: "") { documents.append(document) }
        }
        reportRepeated(documents, to: faults)
        try faults.throwIfAny()
        return documents
    }

    /// Reads the `documents` of a request.
    package static func parse(documents values: [JSONValue]) throws(ResourceErrors) -> [ResourceDocument] {
        try parse(documents: values.map { YAMLNode(json: $0) })
    }

    /// Reads the `documents` of a request that was turned into nodes already.
    package static func parse(documents nodes: [YAMLNode]) throws(ResourceErrors) -> [ResourceDocument] {
        let faults = FaultCollector()
        guard nodes.count <= YAMLLimits.resources.documents else {
            throw ResourceErrors(
                ResourceFault(path: "documents", message: "expected at most \(YAMLLimits.resources.documents) items"))
        }
        let documents = nodes.enumerated().compactMap { index, node in
            ResourceDocument(
                FieldValue(node: node, path: "documents[\(index)]", faults: faults),
                prefix: "documents[\(index)].")
        }
        reportRepeated(documents, to: faults)
        try faults.throwIfAny()
        return documents
    }

    /// Reads one `spec` whose kind and name are known, as a path of the admin API tells them.
    package static func parse(
        spec value: JSONValue, kind: ResourceKind, name: String
    ) throws(ResourceErrors) -> ResourceDocument {
        try parse(spec: YAMLNode(json: value), kind: kind, name: name)
    }

    /// Reads one `spec` that was turned into a node already.
    package static func parse(
        spec node: YAMLNode, kind: ResourceKind, name: String
    ) throws(ResourceErrors) -> ResourceDocument {
        let faults = FaultCollector()
        let field = FieldValue(node: node, path: "spec", faults: faults)
        if !ResourceName.isValid(name) {
            faults.report("expected \(ResourceName.expected)", path: "name", line: nil)
        }
        let content = ResourceDocument.Content(kind, field)
        try faults.throwIfAny()
        guard let content else {
            throw ResourceErrors(ResourceFault(path: "spec", message: "expected the spec of a resource"))
        }
        return ResourceDocument(name: name, content: content)
    }

    private static func reportRepeated(_ documents: [ResourceDocument], to faults: FaultCollector) {
        var seen: Set<String> = []
        for document in documents where !seen.insert("\(document.kind.rawValue) \(document.name)").inserted {
            let fault = document.places.fault(path: "name", message: "")
            faults.report(
                "expected each resource once, got \(document.kind.rawValue) \(document.name) again",
                path: fault.path, line: fault.line)
        }
    }
}

extension ResourceDocument {
    fileprivate init?(_ value: FieldValue, prefix: String) {
        guard let fields = FieldReader(value) else { return nil }
        let kind = fields.required("kind") { $0.choice(of: ResourceKind.self) }
        let name = fields.required("name") { $0.resourceName() }
        let content = fields.required("spec") { spec in kind.flatMap { Content($0, spec) } }
        fields.end()
        let lines = value.faults.takeLines()
        guard let name, let content else { return nil }
        self.init(
            name: name, content: content,
            places: SourcePlaces(file: value.faults.file, prefix: prefix, lines: lines, firstLine: value.line))
    }
}

extension ResourceDocument.Content {
    init?(_ kind: ResourceKind, _ value: FieldValue) {
        switch kind {
        case .api:
            guard let spec = APISpec(value) else { return nil }
            self = .api(spec)
        case .client:
            guard let spec = ClientSpec(value) else { return nil }
            self = .client(spec)
        }
    }

    func json(_ form: SpecForm) -> JSONObject {
        switch self {
        case .api(let spec): spec.json(form)
        case .client(let spec): spec.json(form)
        }
    }
}
