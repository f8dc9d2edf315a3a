/// Why a key provider could not do what was asked. Reasons hold no secret.
package struct ProviderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. The raw strings are stable and documented.
    package enum Code: String, Sendable, CaseIterable {
        /// A setting is missing, or can't be used.
        case configurationInvalid = "provider-configuration-invalid"
        /// Nothing answers, or not in time, or the device says that it can't work now (sealed, standby, internal error).
        case unreachable = "provider-unreachable"
        /// The device has too much to do, or its quota is used up.
        case throttled = "provider-throttled"
        /// The credentials are wrong, have expired, or don't allow this.
        case denied = "provider-denied"
        /// There is no such key, mount, region or token.
        case keyMissing = "provider-key-missing"
        /// The key is there and must not be used: disabled, pending deletion, of another kind.
        case keyDisabled = "provider-key-disabled"
        /// What was to be opened was not made by this key, or not with this context, or was changed.
        case refused = "provider-refused"
        /// The device can't do this at all.
        case notSupported = "provider-not-supported"
        /// The device answered something that is no answer.
        case answerBroken = "provider-answer-broken"
    }

    package let code: Code
    /// What was expected, what came, and what can be done about it.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Whether the same call may succeed in a while without anybody's doing.
    package var isTransient: Bool { code == .unreachable || code == .throttled }

    package var description: String { "\(code.rawValue): \(reason)" }
}
