/// Collects the faults of one reading, so that a user sees all of them at once and not one per attempt.
///
/// Not `Sendable`: it lives within one call of a parser.
package final class FaultCollector {
    /// The most faults that are kept: a wrong file of some megabytes must not make an answer of some megabytes.
    package static let limit = 100

    /// The file's name in the faults.
    package let file: String?
    private(set) var faults: [ResourceFault] = []
    private(set) var omitted = 0
    private(set) var lines: [String: Int] = [:]

    /// A collector without faults.
    package init(file: String? = nil) {
        self.file = file
    }

    /// Whether nothing was found.
    package var isEmpty: Bool { faults.isEmpty }

    /// Adds a fault.
    package func report(_ message: String, path: String, line: Int?) {
        add(ResourceFault(file: file, line: line, path: path, message: message))
    }

    /// Adds faults that another reading found.
    func add(contentsOf errors: ResourceErrors) {
        errors.faults.forEach(add)
        omitted += errors.omitted
    }

    /// Throws what was collected, if anything.
    package func throwIfAny() throws(ResourceErrors) {
        if let errors = ResourceErrors(faults, omitted: omitted) { throw errors }
    }

    /// Remembers the line of a path, for checks that come after the reading.
    func note(line: Int?, of path: String) {
        if let line { lines[path] = line }
    }

    /// Forgets the lines; called between the documents of a stream.
    func takeLines() -> [String: Int] {
        defer { lines = [:] }
        return lines
    }

    private func add(_ fault: ResourceFault) {
        guard faults.count < Self.limit else {
            omitted += 1
            return
        }
        faults.append(fault)
    }
}
