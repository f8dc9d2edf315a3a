import KeyManagement
import Testing

@testable import KeyProviders

@Suite("What a module answers")
struct CryptokiFailureTests {
    @Test(
        "Values have the specification's names",
        arguments: [
            (0x0, "CKR_OK"), (0xA0, "CKR_PIN_INCORRECT"), (0x1B9, "CKR_PUBLIC_KEY_INVALID"),
            (0x8000_0001, "CKR_VENDOR_DEFINED 0x80000001"), (0x7777, "0x7777"),
        ] as [(UInt, String)])
    func names(number: UInt, name: String) {
        #expect(ReturnValue(number).description == name)
    }

    @Test(
        "Each means what can be done about it",
        arguments: [
            (.pinIncorrect, .denied), (.pinLocked, .denied), (.pinExpired, .denied), (.generalError, .unreachable),
            (.deviceRemoved, .unreachable), (.sessionClosed, .unreachable), (.sessionCount, .throttled),
            (.mechanismInvalid, .notSupported), (.keyFunctionNotPermitted, .keyDisabled),
            (.encryptedDataInvalid, .refused), (.noFunction, .notSupported), (ReturnValue(0x7), .answerBroken),
            (ReturnValue(0x8000_0001), .answerBroken),
        ] as [(ReturnValue, ProviderError.Code)])
    func codes(value: ReturnValue, code: ProviderError.Code) {
        #expect(CryptokiFailure(function: "C_X", value: value).code == code)
    }

    @Test("After a login that may have been counted the PIN is not sent again")
    func logins() {
        let counted: [ReturnValue] = [
            .pinIncorrect, .pinInvalid, .pinLengthRange, .pinExpired, .pinLocked, .userPINNotInitialized,
            .functionRejected, ReturnValue(0x7), ReturnValue(0x8000_0001), ReturnValue(0x104),
        ]
        for value in counted { #expect(!CryptokiFailure(function: "C_Login", value: value).isHarmlessAtLogin) }
        for value in [ReturnValue.generalError, .deviceRemoved, .sessionHandleInvalid] {
            #expect(CryptokiFailure(function: "C_Login", value: value).isHarmlessAtLogin)
        }
    }
}
