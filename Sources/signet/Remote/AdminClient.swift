import Egress
import JOSE

/// Calls the management API, `/admin/v1`.
struct AdminClient {
    /// How long a request may take for which the server has to make keys: many take long, and a device perhaps longer.
    static let keyMakingTime = Duration.seconds(300)

    let server: String
    private let token: String

    init(server: String, token: String) {
        self.server = server
        self.token = token
    }

    /// Calls one operation and answers its JSON; null for an answer without content.
    ///
    /// - Parameters:
    ///   - path: what follows `/admin/v1`.
    ///   - time: how long the answer may take.
    /// - Throws: ``CommandFailure``, by the status of the answer.
    func call(
        _ method: String, _ path: String, body: JSONValue? = nil, within time: Duration = EgressLimits().timeout
    ) async throws -> JSONValue {
        let response = try await send(method, path, accept: "application/json", body: body, within: time)
        guard response.status != 204 else { return .null }
        guard let answer = try? JSONValue(parsing: response.body) else {
            throw CommandFailure.unavailable("\(server) answered something else than JSON: is it a Signet server?")
        }
        return answer
    }

    /// Calls one operation and answers its answer, which is of the media type `accept` unless it has no content.
    func send(
        _ method: String, _ path: String, accept: String, body: JSONValue? = nil,
        within time: Duration = EgressLimits().timeout
    ) async throws -> EgressResponse {
        var limits = EgressLimits()
        limits.timeout = time
        let client = EgressClient(policy: .operatorChosen, limits: limits)
        var fields = [(name: "Authorization", value: "Bearer \(token)"), (name: "Accept", value: accept)]
        if body != nil { fields.append((name: "Content-Type", value: "application/json")) }
        let request = EgressRequest(method, "\(server)/admin/v1\(path)", fields: fields, body: body?.serialized())
        let outcome: Result<EgressResponse, EgressError>
        do {
            outcome = .success(try await client.send(request))
        } catch {
            outcome = .failure(error)
        }
        let response = try Self.reachable(outcome, server)
        guard (200...299).contains(response.status) else {
            throw AdminRefusal.failure(response, server: server)
        }
        guard response.status == 204 || Self.mediaType(of: response) == accept else {
            throw CommandFailure.unavailable(
                "\(server) answered something else than \(accept): is it a Signet server?")
        }
        return response
    }

    /// The type without its parameters, in lower case (RFC 9110 section 8.3.1).
    private static func mediaType(of response: EgressResponse) -> String? {
        guard let type = response[field: "Content-Type"]?.prefix(while: { $0 != ";" }) else { return nil }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// - Throws: ``CommandFailure`` 69 that names the server, what failed, and what can be done about it.
    static func reachable(
        _ outcome: Result<EgressResponse, EgressError>, _ server: String
    ) throws -> EgressResponse {
        switch outcome {
        case .success(let response): return response
        case .failure(let error):
            let failure = CommandFailure(error)
            throw CommandFailure(
                failure.status, failure.code,
                "\(server): \(failure.reason)\(advice(error, server).map { "; \($0)" } ?? "")")
        }
    }

    private static func advice(_ error: EgressError, _ server: String) -> String? {
        switch error.code {
        case .unreachable: "is signet serve running there? --server or SIGNET_SERVER names another server"
        case .nameUnknown: "check the name that --server or SIGNET_SERVER gives"
        case .certificateUntrusted:
            "add the certificate's issuer to those that this system trusts, or use the name that it was made for"
        case .tlsFailed: "does it speak TLS at that port? Signet's own listeners speak http://"
        case .responseBroken where server.hasPrefix("http://"):
            "is it a Signet server, and http:// rather than https://?"
        case .timeout:
            "it may be overloaded, or something on the way drops what is sent; if a change was asked for, it may still be "
                + "made: look before you try again"
        default: nil
        }
    }
}
