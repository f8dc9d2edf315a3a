package import ControlHTTP
import HTTPTypes
package import Hummingbird
import JOSE
import KeyManagement
import Logging
import Problems
import Resources
import Store

/// The management API under `/admin/v1`.
///
/// Every operation but its own description needs the admin credential as Bearer. Bodies are bounded to 4 MB and are
/// read only after the credential was accepted. Answers are never cached.
package struct AdminAPI: Sendable {
    private let endpoints: [AdminEndpoint]
    private let credentials: AdminCredentials

    /// The API over these operations.
    ///
    /// - Parameter issuer: the authorization server's URL, which may be that of another listener.
    package init(operations: AdminOperations, credentials: AdminCredentials, issuer: String) {
        endpoints = AdminEndpoints(operations: operations, issuer: issuer).all
        self.credentials = credentials
    }

    /// Adds every route.
    package func addRoutes(to router: Router<ControlContext>) {
        for endpoint in endpoints {
            router.on(RouterPath("/admin/v1/" + endpoint.path), method: endpoint.method) { request, context in
                try await respond(to: request, context, endpoint)
            }
        }
    }

    private func respond(
        to request: Request, _ context: ControlContext, _ endpoint: AdminEndpoint
    ) async throws -> Response {
        if !endpoint.isPublic, let refusal = credentials.refusal(of: request, context) { return refusal }
        do {
            let input = try await read(request, context, endpoint)
            return response(try await endpoint.handle(input))
        } catch {
            if AdminFailure.isForTheLog(error) {
                context.logger.error("an administrator's request failed", metadata: ["error": "\(error)"])
            }
            throw AdminFailure.problem(error)
        }
    }

    private func read(
        _ request: Request, _ context: ControlContext, _ endpoint: AdminEndpoint
    ) async throws -> AdminRequest {
        var input = AdminRequest(actor: "admin")
        for name in endpoint.pathParameters {
            let raw = context.parameters.get(name) ?? ""
            input.path[name] = String(raw)
        }
        let query = try request.queryParameters()
        let known = Set(endpoint.query.map(\.name))
        if let unknown = query.names.subtracting(known).min() {
            throw Problem(.requestMalformed, detail: "there is no parameter \(unknown.prefix(40))")
        }
        for name in known { input.query[name] = query[name] }
        if endpoint.isConditional {
            input.expectation = try RevisionExpectation(
                ifMatch: request.headers[values: .ifMatch], ifNoneMatch: request.headers[values: .ifNoneMatch])
        }
        if endpoint.body != nil { input.body = try await body(request, context, endpoint) }
        return input
    }

    private func body(
        _ request: Request, _ context: ControlContext, _ endpoint: AdminEndpoint
    ) async throws -> JSONValue? {
        let hasNone = request.headers[.contentLength] ?? "0" == "0" && request.headers[.transferEncoding] == nil
        if endpoint.isBodyOptional, hasNone { return nil }
        try request.requireMediaType("application/json")
        let bytes = try await request.readBody(.document, context: context)
        do {
            return try JSONValue(parsing: bytes, limits: JSONLimits(bytes: BodyLimit.document.bytes, depth: 32))
        } catch {
            throw Problem(.requestMalformed, detail: "the body is not JSON: \(error.reason)")
        }
    }

    private func response(_ answer: AdminAnswer) -> Response {
        var headers = HTTPFields()
        if let revision = answer.revision { headers[.eTag] = "\"\(revision)\"" }
        let status = HTTPResponse.Status(code: answer.status)
        return switch answer.body {
        case .none: Response(status: status, headers: headers)
        case .json(let value):
            .content(value.serialized(), type: "application/json", status: status, headers: headers)
        case .text(let bytes, let type): .content(bytes, type: type, status: status, headers: headers)
        }
    }
}

/// The one place where errors of the modules below become answers.
enum AdminFailure {
    static func problem(_ error: any Error) -> any Error {
        switch error {
        case let faults as ResourceErrors: faults.problem
        case let refusal as ResourceError where refusal.code != .storedInvalid: refusal.problem
        case let refusal as KeyError: problem(refusal)
        // Whoever administers the server is the one who can do something about its device, so he is told; also whether
        // it is worth trying again.
        case let failure as ProviderError where failure.isTransient:
            Problem(.keysUnavailable, faults: [Problem.Fault(path: "", message: failure.description)])
        case let failure as ProviderError: Problem(.conflict, detail: failure.description)
        case let failure as StoreError where failure.code == .busy: Problem(.overloaded)
        // The listener logs the rest and answers 500.
        default: error
        }
    }

    /// Whether an answer that is no fault of the program tells of something that the operator has to mend.
    static func isForTheLog(_ error: any Error) -> Bool {
        switch error {
        case is ProviderError: true
        case let failure as KeyError: isDamage(failure.code)
        default: false
        }
    }

    private static func problem(_ error: KeyError) -> any Error {
        switch error.code {
        case .kidUnknown, .ringUnknown: Problem(.resourceNotFound, detail: error.reason)
        case .transitionRefused, .keyNotExportable, .keyNotPrepared, .rootKeyOutside:
            Problem(.conflict, detail: error.reason)
        case .recipientInvalid: Problem(.requestMalformed, detail: error.reason)
        case let code where isDamage(code): Problem(.conflict, detail: error.description)
        default: error
        }
    }

    /// What is stored, or what stands around it, is not as it was: trying again does not help.
    private static func isDamage(_ code: KeyError.Code) -> Bool {
        switch code {
        case .rootKeyMissing, .rootKeyUnavailable, .rootKeyExposed, .rootKeyMalformed, .passphraseWrong,
            .providerMismatch, .rootKeyForeign, .sealedMalformed, .dataKeyUnknown, .sealBroken, .keyInvalid,
            .deviceMissing, .deviceUnfit:
            true
        default: false
        }
    }
}
