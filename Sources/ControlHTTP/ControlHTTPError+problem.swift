package import Problems

extension ControlHTTPError {
    /// This refusal as a problem document.
    package var problem: Problem { Problem(problemCode, detail: reason) }

    private var problemCode: ProblemCode {
        switch code {
        case .bodyTooLarge: .bodyTooLarge
        case .bodyIncomplete: .requestTimeout
        case .mediaTypeUnsupported: .unsupportedMediaType
        case .formMalformed, .parameterRepeated, .jsonMalformed, .hostMalformed: .requestMalformed
        case .hostUnknown: .hostNotServed
        case .pathUnknown: .notFound
        case .methodNotAllowed: .methodNotAllowed
        }
    }
}
