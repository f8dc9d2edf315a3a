/// What a function of a PKCS#11 module answers: a `CK_RV`.
struct ReturnValue: Hashable, Sendable, CustomStringConvertible {
    let number: UInt

    init(_ number: UInt) { self.number = number }

    static let ok = ReturnValue(0x000)
    static let hostMemory = ReturnValue(0x002)
    static let slotIDInvalid = ReturnValue(0x003)
    static let generalError = ReturnValue(0x005)
    static let functionFailed = ReturnValue(0x006)
    static let needToCreateThreads = ReturnValue(0x009)
    static let cantLock = ReturnValue(0x00A)
    static let attributeTypeInvalid = ReturnValue(0x012)
    static let attributeValueInvalid = ReturnValue(0x013)
    static let actionProhibited = ReturnValue(0x01B)
    static let dataInvalid = ReturnValue(0x020)
    static let dataLengthRange = ReturnValue(0x021)
    static let deviceError = ReturnValue(0x030)
    static let deviceMemory = ReturnValue(0x031)
    static let deviceRemoved = ReturnValue(0x032)
    static let encryptedDataInvalid = ReturnValue(0x040)
    static let encryptedDataLengthRange = ReturnValue(0x041)
    static let functionCanceled = ReturnValue(0x050)
    static let functionNotSupported = ReturnValue(0x054)
    static let keyHandleInvalid = ReturnValue(0x060)
    static let keySizeRange = ReturnValue(0x062)
    static let keyTypeInconsistent = ReturnValue(0x063)
    static let keyFunctionNotPermitted = ReturnValue(0x068)
    static let mechanismInvalid = ReturnValue(0x070)
    static let mechanismParameterInvalid = ReturnValue(0x071)
    static let objectHandleInvalid = ReturnValue(0x082)
    static let operationActive = ReturnValue(0x090)
    static let pinIncorrect = ReturnValue(0x0A0)
    static let pinInvalid = ReturnValue(0x0A1)
    static let pinLengthRange = ReturnValue(0x0A2)
    static let pinExpired = ReturnValue(0x0A3)
    static let pinLocked = ReturnValue(0x0A4)
    static let sessionClosed = ReturnValue(0x0B0)
    static let sessionCount = ReturnValue(0x0B1)
    static let sessionHandleInvalid = ReturnValue(0x0B3)
    static let sessionReadOnly = ReturnValue(0x0B5)
    static let templateInconsistent = ReturnValue(0x0D1)
    static let tokenNotPresent = ReturnValue(0x0E0)
    static let tokenNotRecognized = ReturnValue(0x0E1)
    static let tokenWriteProtected = ReturnValue(0x0E2)
    static let userAlreadyLoggedIn = ReturnValue(0x100)
    static let userNotLoggedIn = ReturnValue(0x101)
    static let userPINNotInitialized = ReturnValue(0x102)
    static let domainParamsInvalid = ReturnValue(0x130)
    static let curveNotSupported = ReturnValue(0x140)
    static let cryptokiNotInitialized = ReturnValue(0x190)
    static let cryptokiAlreadyInitialized = ReturnValue(0x191)
    static let libraryLoadFailed = ReturnValue(0x1B7)
    static let functionRejected = ReturnValue(0x200)
    /// None of the standard: the module's list lacks the function.
    static let noFunction = ReturnValue(0x7FFF_FF01)

    /// The specification's name.
    var description: String {
        if self == .noFunction { return "nothing, for it does not have the function" }
        if let name = Self.names[number] { return "CKR_\(name)" }
        let isVendors = number >= 0x8000_0000
        return "\(isVendors ? "CKR_VENDOR_DEFINED " : "")0x\(String(number, radix: 16))"
    }

    /// The values of v2.40.
    private static let names: [UInt: String] = [
        0x000: "OK", 0x001: "CANCEL", 0x002: "HOST_MEMORY", 0x003: "SLOT_ID_INVALID", 0x005: "GENERAL_ERROR",
        0x006: "FUNCTION_FAILED", 0x007: "ARGUMENTS_BAD", 0x008: "NO_EVENT", 0x009: "NEED_TO_CREATE_THREADS",
        0x00A: "CANT_LOCK", 0x010: "ATTRIBUTE_READ_ONLY", 0x011: "ATTRIBUTE_SENSITIVE",
        0x012: "ATTRIBUTE_TYPE_INVALID", 0x013: "ATTRIBUTE_VALUE_INVALID", 0x01B: "ACTION_PROHIBITED",
        0x020: "DATA_INVALID", 0x021: "DATA_LEN_RANGE", 0x030: "DEVICE_ERROR", 0x031: "DEVICE_MEMORY",
        0x032: "DEVICE_REMOVED", 0x040: "ENCRYPTED_DATA_INVALID", 0x041: "ENCRYPTED_DATA_LEN_RANGE",
        0x050: "FUNCTION_CANCELED", 0x051: "FUNCTION_NOT_PARALLEL", 0x054: "FUNCTION_NOT_SUPPORTED",
        0x060: "KEY_HANDLE_INVALID", 0x062: "KEY_SIZE_RANGE", 0x063: "KEY_TYPE_INCONSISTENT", 0x064: "KEY_NOT_NEEDED",
        0x065: "KEY_CHANGED", 0x066: "KEY_NEEDED", 0x067: "KEY_INDIGESTIBLE", 0x068: "KEY_FUNCTION_NOT_PERMITTED",
        0x069: "KEY_NOT_WRAPPABLE", 0x06A: "KEY_UNEXTRACTABLE", 0x070: "MECHANISM_INVALID",
        0x071: "MECHANISM_PARAM_INVALID", 0x082: "OBJECT_HANDLE_INVALID", 0x090: "OPERATION_ACTIVE",
        0x091: "OPERATION_NOT_INITIALIZED", 0x0A0: "PIN_INCORRECT", 0x0A1: "PIN_INVALID", 0x0A2: "PIN_LEN_RANGE",
        0x0A3: "PIN_EXPIRED", 0x0A4: "PIN_LOCKED", 0x0B0: "SESSION_CLOSED", 0x0B1: "SESSION_COUNT",
        0x0B3: "SESSION_HANDLE_INVALID", 0x0B4: "SESSION_PARALLEL_NOT_SUPPORTED", 0x0B5: "SESSION_READ_ONLY",
        0x0B6: "SESSION_EXISTS", 0x0B7: "SESSION_READ_ONLY_EXISTS", 0x0B8: "SESSION_READ_WRITE_SO_EXISTS",
        0x0C0: "SIGNATURE_INVALID", 0x0C1: "SIGNATURE_LEN_RANGE", 0x0D0: "TEMPLATE_INCOMPLETE",
        0x0D1: "TEMPLATE_INCONSISTENT", 0x0E0: "TOKEN_NOT_PRESENT", 0x0E1: "TOKEN_NOT_RECOGNIZED",
        0x0E2: "TOKEN_WRITE_PROTECTED", 0x0F0: "UNWRAPPING_KEY_HANDLE_INVALID", 0x0F1: "UNWRAPPING_KEY_SIZE_RANGE",
        0x0F2: "UNWRAPPING_KEY_TYPE_INCONSISTENT", 0x100: "USER_ALREADY_LOGGED_IN", 0x101: "USER_NOT_LOGGED_IN",
        0x102: "USER_PIN_NOT_INITIALIZED", 0x103: "USER_TYPE_INVALID", 0x104: "USER_ANOTHER_ALREADY_LOGGED_IN",
        0x105: "USER_TOO_MANY_TYPES", 0x110: "WRAPPED_KEY_INVALID", 0x112: "WRAPPED_KEY_LEN_RANGE",
        0x113: "WRAPPING_KEY_HANDLE_INVALID", 0x114: "WRAPPING_KEY_SIZE_RANGE",
        0x115: "WRAPPING_KEY_TYPE_INCONSISTENT", 0x120: "RANDOM_SEED_NOT_SUPPORTED", 0x121: "RANDOM_NO_RNG",
        0x130: "DOMAIN_PARAMS_INVALID", 0x140: "CURVE_NOT_SUPPORTED", 0x150: "BUFFER_TOO_SMALL",
        0x160: "SAVED_STATE_INVALID", 0x170: "INFORMATION_SENSITIVE", 0x180: "STATE_UNSAVEABLE",
        0x190: "CRYPTOKI_NOT_INITIALIZED", 0x191: "CRYPTOKI_ALREADY_INITIALIZED", 0x1A0: "MUTEX_BAD",
        0x1A1: "MUTEX_NOT_LOCKED", 0x1B0: "NEW_PIN_MODE", 0x1B1: "NEXT_OTP", 0x1B5: "EXCEEDED_MAX_ITERATIONS",
        0x1B6: "FIPS_SELF_TEST_FAILED", 0x1B7: "LIBRARY_LOAD_FAILED", 0x1B8: "PIN_TOO_WEAK",
        0x1B9: "PUBLIC_KEY_INVALID", 0x200: "FUNCTION_REJECTED",
    ]
}
