package import Problems

/// One fault in a document: where it is, what was expected there and what came.
package struct ResourceFault: Sendable, Hashable, CustomStringConvertible {
    /// The file's name as the caller gave it; nil for a JSON body.
    package var file: String?
    /// The line, counted from 1; nil where the source has no lines (a JSON body, a stored resource).
    package var line: Int?
    /// The place inside the document, such as `spec.routes[0].path`; empty for the whole document.
    package var path: String
    /// What was expected and what came. Holds no secret.
    package var message: String

    /// Makes a fault.
    package init(file: String? = nil, line: Int? = nil, path: String, message: String) {
        self.file = file
        self.line = line
        self.path = path
        self.message = message
    }

    /// `FILE:LINE`, or as much of it as is known.
    package var location: String? {
        guard let file else { return line.map { "line \($0)" } }
        return line.map { "\(file):\($0)" } ?? file
    }

    /// `FILE:LINE: PATH: MESSAGE`.
    package var description: String {
        [location, path.isEmpty ? nil : path, message].compactMap { $0 }.joined(separator: ": ")
    }
}

/// Every fault that was found in one reading, in the order of the source.
package struct ResourceErrors: Error, Sendable, Hashable, CustomStringConvertible {
    /// The faults; never empty.
    package let faults: [ResourceFault]
    /// How many more there were than are listed.
    package let omitted: Int

    /// Makes the error from at least one fault.
    package init(_ first: ResourceFault, _ others: [ResourceFault] = [], omitted: Int = 0) {
        faults = [first] + others
        self.omitted = omitted
    }

    /// Nil when there is no fault.
    package init?(_ faults: [ResourceFault], omitted: Int = 0) {
        guard let first = faults.first else { return nil }
        self.init(first, Array(faults.dropFirst()), omitted: omitted)
    }

    /// One line per fault.
    package var description: String {
        let lines = faults.map(\.description)
        return (omitted > 0 ? lines + ["… and \(omitted) more"] : lines).joined(separator: "\n")
    }

    /// The answer of an HTTP operation: `resource-invalid` with every fault.
    package var problem: Problem {
        let total = faults.count + omitted
        return Problem(
            .resourceInvalid,
            detail: total == 1 ? "1 fault" : "\(total) faults",
            faults: faults.map { Problem.Fault(path: $0.path, message: $0.message, location: $0.location) }
        )
    }
}
