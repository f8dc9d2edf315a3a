package import Problems

/// A request that the guard does not let through: what the client is told, and why in truth.
///
/// A refusal is a result, not an error: refusing is half of a guard's work.
package struct Refusal: Error, Sendable, Equatable {
    /// The checks of the guard, in the order in which they are made.
    package enum Stage: String, Sendable, CaseIterable {
        case path, route, credential, form, key, decrypt, verify, claims, lifetime, revocation, client, scope, forward
    }

    /// The outside code.
    package let code: ProblemCode
    /// The check that failed; those before it held.
    package let stage: Stage
    /// The precise reason in stable kebab-case; for the operator's log only.
    package let reason: String
    /// More about it for the log; never a token or a secret.
    package let detail: String?

    package init(_ code: ProblemCode, at stage: Stage, _ reason: String, detail: String? = nil) {
        self.code = code
        self.stage = stage
        self.reason = reason
        self.detail = detail
    }

    /// The checks that were made, the failed one last and marked.
    package var trail: [String] {
        let passed = Stage.allCases.prefix { $0 != stage }.map(\.rawValue)
        return passed + ["\(stage.rawValue): \(detail ?? reason)"]
    }
}
