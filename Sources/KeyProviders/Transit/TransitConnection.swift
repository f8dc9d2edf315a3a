import Egress
import JOSE
import KeyManagement

/// Sends requests to one server.
struct TransitConnection: Sendable {
    /// What carries a request there.
    typealias Transport = @Sendable (EgressRequest) async throws(EgressError) -> EgressResponse

    private let address: String
    private let namespace: String?
    private let transport: Transport

    init(address: String, namespace: String?, transport: @escaping Transport) {
        self.address = address
        self.namespace = namespace
        self.transport = transport
    }

    /// Over the network: TLS, or plain HTTP within this machine, with bounds of time and size.
    static func overNetwork(_ trust: EgressTrust, timeout: Duration) -> Transport {
        var limits = EgressLimits()
        limits.connectTimeout = min(.seconds(3), timeout)
        limits.timeout = timeout
        limits.responseBytes = 256 * 1024
        limits.keptConnections = 64
        let client = EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]), limits: limits,
            trust: trust)
        return { (request) async throws(EgressError) in try await client.send(request) }
    }

    /// Sends one request and reads the answer, of whichever status.
    ///
    /// - Parameters:
    ///   - path: below `/v1/`.
    ///   - secrets: what the body holds and no message may.
    /// - Throws: `provider-unreachable`, `provider-configuration-invalid`, `provider-answer-broken`.
    func ask(
        _ method: String, _ path: String, token: SecretBytes? = nil, body: SecretBytes? = nil,
        secrets: [SecretBytes] = [], inNamespace: Bool = true
    ) async throws(ProviderError) -> TransitAnswer {
        var request = EgressRequest(method, "\(address)/v1/\(path)")
        // Agents that stand in between can be set to refuse what lacks this, since a browser can't be made to send it.
        request.fields = [("X-Vault-Request", "true"), ("Accept", "application/json")]
        // Not a login: a secret id may be good for one.
        request.isRepeatable = token != nil
        if inNamespace, let namespace { request.fields.append(("X-Vault-Namespace", namespace)) }
        if let token { request.fields.append(("X-Vault-Token", TransitSecret.text(token))) }
        if let body {
            request.fields.append(("Content-Type", "application/json"))
            // Copied within the call; the copy is wiped below.
            request.body = unsafe body.withUnsafeBytes { unsafe [UInt8]($0) }
        }
        defer {
            if var sent = request.body {
                request.body = nil
                wipe(&sent)
            }
        }
        do {
            let response = try await transport(request)
            return TransitAnswer(response, secrets: (secrets + (token.map { [$0] } ?? [])).map(TransitSecret.text))
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: EgressError) -> ProviderError {
        switch error.code {
        case .unreachable, .nameUnknown, .timeout, .responseBroken, .cancelled:
            ProviderError(
                .unreachable, "\(address) does not answer: \(error.reason); check that the server runs, and address")
        case .responseTooLarge: ProviderError(.answerBroken, "\(address): \(error.reason)")
        case .certificateUntrusted:
            ProviderError(
                .configurationInvalid,
                "\(address): \(error.reason); let authorities name a file with the certificate of its authority")
        case .tlsFailed:
            ProviderError(.configurationInvalid, "\(address): \(error.reason) (or is its scheme http?)")
        case .urlInvalid, .requestInvalid, .trustInvalid, .destinationRefused, .addressRefused:
            ProviderError(.configurationInvalid, "\(address): \(error.reason)")
        }
    }
}
