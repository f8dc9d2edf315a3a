/// Takes typed values out of ``Settings`` and collects what is wrong with them, so that one run tells all of it.
struct SettingsReader {
    private let settings: Settings
    private var rest: Set<String>
    private var asked: Set<String> = []
    private(set) var faults: [String] = []

    init(_ settings: Settings) {
        self.settings = settings
        rest = Set(settings.paths)
    }

    mutating func text(_ path: String) -> String? {
        rest.remove(path)
        asked.insert(path)
        return settings[path]?.text
    }

    mutating func value<T>(_ path: String, expected: String, _ parse: (String) -> T?) -> T? {
        guard let text = text(path) else { return nil }
        if let value = parse(text) { return value }
        // The value itself may be a secret that landed in the wrong place.
        fault(path, "expected \(expected)")
        return nil
    }

    /// The texts of all settings below a path, by the rest of their own. They still have to be asked for by name.
    func section(_ path: String) -> [String: String] {
        var values: [String: String] = [:]
        for name in settings.paths where name.hasPrefix(path + ".") {
            values[String(name.dropFirst(path.count + 1))] = settings[name]?.text
        }
        return values
    }

    mutating func flag(_ path: String) -> Bool? {
        value(path, expected: "true or false") { ["true": true, "false": false][$0] }
    }

    mutating func count(_ path: String, in range: ClosedRange<Int>) -> Int? {
        value(path, expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func url(_ path: String) -> String? {
        value(path, expected: "http:// or https:// with a host, without path or slash at its end") {
            WebOrigin($0)?.text
        }
    }

    mutating func fault(_ path: String, _ what: String) {
        faults.append((settings[path].map { "\($0.origin): " } ?? "") + "\(path): \(what)")
    }

    /// Whether a path is that of a setting, or the beginning of one.
    private func isKnown(_ path: String) -> Bool {
        asked.contains(path) || asked.contains { $0.hasPrefix(path + ".") }
    }

    /// Ends the reading: what was not asked for does not exist.
    ///
    /// - Throws: ``CommandFailure`` 78 with every fault in a line of its own.
    mutating func finish() throws {
        for path in rest.sorted() { fault(path, "unknown field") }
        for (path, origin) in settings.empty.sorted(by: { $0.key < $1.key }) where !isKnown(path) {
            faults.append("\(origin): \(path): unknown field")
        }
        guard faults.isEmpty else { throw CommandFailure.configuration(faults.joined(separator: "\n")) }
    }
}
