import Glibc
import JOSE
import Resources

/// Reads resource documents from files and directories.
enum DocumentFiles {
    /// The documents of all paths, in order; a directory stands for its .yaml, .yml and .json files by name.
    ///
    /// - Throws: ``CommandFailure``: 64 for what can't be read, 65 with every fault and its line.
    static func read(_ paths: [String]) throws -> [ResourceDocument] {
        var documents: [ResourceDocument] = []
        var faults: [CommandFailure.Fault] = []
        var omitted = 0
        for path in try paths.flatMap(files) {
            let name = path == "-" ? "standard input" : path
            guard let text = String(validating: try Input.read(path, limit: 4_000_000), as: UTF8.self) else {
                throw CommandFailure.malformed("resource-invalid", "\(name) is not UTF-8")
            }
            do {
                documents += try ResourceParser.parse(yaml: text, file: name)
            } catch {
                faults += error.faults.map { .init(location: $0.location, path: $0.path, message: $0.message) }
                omitted += error.omitted
            }
        }
        guard faults.isEmpty else {
            let count = faults.count == 1 ? "1 fault" : "\(faults.count) faults"
            var failure = CommandFailure.malformed(
                "resource-invalid", omitted > 0 ? "\(count), and \(omitted) more that are not listed" : count)
            failure.faults = faults
            throw failure
        }
        guard !documents.isEmpty else {
            let names = paths.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", ")
            throw CommandFailure.malformed("resource-invalid", "there is no document in \(names)")
        }
        return documents
    }

    /// Says file and line of what the server said of `documents[3].spec…`.
    static func located(_ failure: CommandFailure, _ documents: [ResourceDocument]) -> CommandFailure {
        var failure = failure
        failure.faults = failure.faults.map { fault in
            guard fault.path.hasPrefix("documents["), let close = fault.path.firstIndex(of: "]"),
                let index = Int(fault.path[..<close].dropFirst("documents[".count)),
                documents.indices.contains(index)
            else { return fault }
            let path = String(fault.path[fault.path.index(after: close)...].drop { $0 == "." })
            return .init(location: documents[index].location(of: path), path: path, message: fault.message)
        }
        return failure
    }

    private static func files(_ path: String) throws -> [String] {
        guard path != "-" else { return [path] }
        guard let directory = unsafe opendir(path) else {
            if errno == ENOTDIR { return [path] }
            throw CommandFailure.usage("can't read \(path): \(SystemFailure.text(errno))")
        }
        // The stream is ours until it is closed, and an entry is valid until the next one is read.
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if [".yaml", ".yml", ".json"].contains(where: name.hasSuffix), !name.hasPrefix(".") { names.append(name) }
        }
        guard !names.isEmpty else { throw CommandFailure.usage("\(path) holds no .yaml, .yml or .json file") }
        return names.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
    }
}
