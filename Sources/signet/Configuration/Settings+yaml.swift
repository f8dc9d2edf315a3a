import Resources

extension Settings {
    /// Reads a configuration file.
    ///
    /// - Throws: ``CommandFailure`` 78 that names file and line.
    init(yaml: String, file: String) throws {
        self.init()
        do {
            let document = try YAMLDocument.parseSingle(yaml, file: file)
            var faults: [String] = []
            collect(document.root, path: "", file: file, faults: &faults)
            guard faults.isEmpty else { throw CommandFailure.configuration(faults.joined(separator: "\n")) }
        } catch let errors as ResourceErrors {
            throw CommandFailure.configuration("\(errors)")
        }
    }

    /// Every setting is a scalar; its path is made of the names above it.
    private mutating func collect(_ node: YAMLNode, path: String, file: String, faults: inout [String]) {
        let origin = node.line.map { "\(file):\($0)" } ?? file
        func set(_ text: String) { self[path] = Value(text: text, origin: origin) }
        switch node.value {
        case .null:
            if !path.isEmpty { setEmpty(path, origin: origin) }
        case .bool(let value): set(value ? "true" : "false")
        case .integer(let value): set(String(value))
        case .number(let text), .string(let text): set(text)
        case .sequence: faults.append("\(origin): \(path): expected one value, got a list")
        case .mapping(let members):
            if members.isEmpty, !path.isEmpty { setEmpty(path, origin: origin) }
            for member in members {
                collect(
                    member.value, path: path.isEmpty ? member.name : "\(path).\(member.name)", file: file,
                    faults: &faults)
            }
        }
    }
}
