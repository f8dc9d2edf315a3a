import KeyManagement

/// A function of a module that did not answer `CKR_OK`, and what that means for us.
struct CryptokiFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The specification's name.
    let function: String
    let value: ReturnValue

    var description: String { "\(function) answers \(value)" }

    /// Whether a new session, with a new login and the slot and key looked up anew, may succeed at once.
    var isLoss: Bool { Self.losses.contains(value) }

    /// Whether all that was lost may be the key's handle, for example since another process has destroyed the key.
    var isLossOfKey: Bool { [.keyHandleInvalid, .objectHandleInvalid].contains(value) }

    /// Whether it says of what was to be decrypted that it is not in order.
    var isRefusal: Bool { Self.refusals.contains(value) }

    /// Whether it says nothing of the cause: some modules answer this to a tag that is not right.
    var isVague: Bool { [.generalError, .functionFailed, .deviceError].contains(value) }

    /// Whether a login that failed so may be tried again. After any other the PIN is not sent a second time: tokens count
    /// wrong ones and lock themselves.
    var isHarmlessAtLogin: Bool {
        isVague || isLoss || [.hostMemory, .deviceMemory, .functionCanceled].contains(value)
    }

    /// The kind of failure that it is for who asked the provider.
    var code: ProviderError.Code {
        if let code = Self.codes[value] { return code }
        if isRefusal { return .refused }
        return isLoss || isVague ? .unreachable : .answerBroken
    }

    private static let losses: Set<ReturnValue> = [
        .sessionHandleInvalid, .sessionClosed, .userNotLoggedIn, .deviceRemoved, .tokenNotPresent, .slotIDInvalid,
        .keyHandleInvalid, .objectHandleInvalid, .operationActive, .cryptokiNotInitialized,
    ]

    private static let refusals: Set<ReturnValue> = [
        .encryptedDataInvalid, .encryptedDataLengthRange, .dataInvalid, .dataLengthRange,
    ]

    private static let codes: [ReturnValue: ProviderError.Code] = [
        .hostMemory: .unreachable, .deviceMemory: .unreachable, .tokenNotRecognized: .unreachable,
        .libraryLoadFailed: .unreachable, .functionCanceled: .unreachable,
        .sessionCount: .throttled,
        .pinIncorrect: .denied, .pinInvalid: .denied, .pinLengthRange: .denied, .pinExpired: .denied,
        .pinLocked: .denied, .userPINNotInitialized: .denied, .functionRejected: .denied,
        .actionProhibited: .keyDisabled, .keyFunctionNotPermitted: .keyDisabled,
        .needToCreateThreads: .notSupported, .cantLock: .notSupported, .functionNotSupported: .notSupported,
        .mechanismInvalid: .notSupported, .mechanismParameterInvalid: .notSupported, .noFunction: .notSupported,
        .keySizeRange: .notSupported, .keyTypeInconsistent: .notSupported,
        .attributeTypeInvalid: .notSupported, .attributeValueInvalid: .notSupported,
        .templateInconsistent: .notSupported, .domainParamsInvalid: .notSupported, .curveNotSupported: .notSupported,
        .tokenWriteProtected: .denied, .sessionReadOnly: .denied,
    ]
}
