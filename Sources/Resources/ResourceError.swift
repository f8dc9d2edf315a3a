package import Problems

/// Why an operation on resources was refused, faults of documents apart (those are ``ResourceErrors``).
package struct ResourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of refusal. The raw strings are stable.
    package enum Code: String, Sendable, CaseIterable {
        /// There is no resource, or no revision, of this name.
        case notFound = "resource-not-found"
        /// The present state forbids it.
        case conflict = "conflict"
        /// The resource has another revision than the caller expected.
        case revisionMismatch = "precondition-failed"
        /// What the store holds can't be read by this program.
        case storedInvalid = "stored-invalid"
    }

    /// The kind of refusal.
    package let code: Code
    /// What was expected and what came; never a secret.
    package let reason: String

    /// Makes an error.
    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "\(code.rawValue): \(reason)" }

    /// The answer of an HTTP operation.
    package var problem: Problem {
        switch code {
        case .notFound: Problem(.resourceNotFound, detail: reason)
        case .conflict: Problem(.conflict, detail: reason)
        case .revisionMismatch: Problem(.preconditionFailed, detail: reason)
        case .storedInvalid: Problem(.internalError)
        }
    }
}
