/// The values of a configuration, flat: `listeners.gateway.address` → its text and where it came from.
///
/// File and environment meet here, so that both go through one reader.
struct Settings: Sendable, Hashable {
    struct Value: Sendable, Hashable {
        let text: String
        /// `signet.yaml:4` or `SIGNET_ISSUER`: what an error names.
        let origin: String
    }

    private(set) var values: [String: Value] = [:]

    /// Fields that stand in a file without a value, by their path, each with its origin. They mean what their absence
    /// means, but their names have to be known all the same.
    private(set) var empty: [String: String] = [:]

    init() {}

    /// Takes down a field without a value.
    mutating func setEmpty(_ path: String, origin: String) { empty[path] = origin }

    subscript(path: String) -> Value? {
        get { values[path] }
        set { values[path] = newValue }
    }

    /// The paths that have a value, sorted.
    var paths: [String] { values.keys.sorted() }

    /// Puts the settings of the environment over those of the file.
    ///
    /// `SIGNET_LISTENERS__GATEWAY__ADDRESS` is `listeners.gateway.address`; with `_FILE` at its end the value is a
    /// file's content without the line break at its end, so that secrets need not stand in the environment.
    ///
    /// - Parameter readFile: answers a file's content.
    /// - Throws: ``CommandFailure`` 78 when both forms of one setting are there, or a file can't be read.
    mutating func overlay(
        environment: [String: String], readFile: (String) throws -> [UInt8] = { try Input.file($0, limit: 65_536) }
    ) throws {
        var origins: [String: String] = [:]
        for name in environment.keys.sorted() where name.hasPrefix("SIGNET_") && !Self.isReserved(name) {
            let isFile = name.hasSuffix("_FILE")
            let path = Self.path(name.dropFirst("SIGNET_".count).dropLast(isFile ? "_FILE".count : 0))
            guard Self.topLevel.contains(Self.firstLevel(path)) || path.contains("."), let given = environment[name]
            else { continue }
            if let other = origins.updateValue(name, forKey: path) {
                throw CommandFailure.configuration("\(other) and \(name) set the same thing")
            }
            values[path] = Value(text: isFile ? try Self.content(of: given, for: name, readFile) : given, origin: name)
        }
    }

    /// Variables that begin with `SIGNET_` and are no settings: a spelling mistake should not go unseen. They are no errors,
    /// since others make such names too: Kubernetes does for every pod beside a service called signet.
    static func unknownVariables(in environment: [String: String]) -> [String] {
        environment.keys.sorted().filter { name in
            guard name.hasPrefix("SIGNET_"), !isReserved(name), !name.contains("__") else { return false }
            return !topLevel.contains(firstLevel(path(name.dropFirst("SIGNET_".count))))
                && !topLevel.contains(firstLevel(path(name.dropFirst("SIGNET_".count).dropLast("_FILE".count))))
        }
    }

    /// The first levels of the schema.
    static let topLevel: Set<String> = [
        "issuer", "public_url", "listeners", "store", "root_key", "keys", "limits", "log", "egress",
    ]

    private static func isReserved(_ name: String) -> Bool {
        ["SIGNET_SERVER", "SIGNET_ADMIN_TOKEN_FILE", "SIGNET_CONFIG", "SIGNET_DATA"].contains(name)
    }

    private static func path(_ name: Substring) -> String {
        name.lowercased().split(separator: "__", omittingEmptySubsequences: false).joined(separator: ".")
    }

    private static func firstLevel(_ path: String) -> String {
        String(path.prefix { $0 != "." })
    }

    static func content(
        of path: String, for name: String, _ readFile: (String) throws -> [UInt8]
    ) throws -> String {
        do {
            var bytes = try readFile(path)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandFailure.configuration("\(path) is not UTF-8")
            }
            return text
        } catch let failure as CommandFailure {
            throw CommandFailure.configuration("\(name): \(failure.reason)")
        }
    }
}
