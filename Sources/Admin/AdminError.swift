/// What goes wrong in this module by itself; never a secret.
package struct AdminError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. The raw strings are stable.
    package enum Code: String, Sendable, CaseIterable {
        /// A file with a credential can't be made or must not be trusted.
        case credentialFile = "credential-file"
    }

    /// The kind of failure.
    package let code: Code
    /// What was expected and what came.
    package let reason: String

    /// Makes an error.
    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { "\(code.rawValue): \(reason)" }
}
