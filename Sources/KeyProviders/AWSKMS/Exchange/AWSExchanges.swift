import Egress
import KeyManagement

/// Sends one request.
typealias AWSSend = @Sendable (EgressRequest) async throws(EgressError) -> EgressResponse

/// The ways out of this process: one to AWS, one to what gives credentials within the machine or its task.
struct AWSExchanges: Sendable {
    /// To any address over TLS, and in plain text to this machine.
    let service: AWSSend
    /// In plain text to the link-local addresses that AWS has set aside for credentials, and nowhere else.
    let metadata: AWSSend

    static let live: AWSExchanges = {
        var limits = EgressLimits()
        limits.connectTimeout = .seconds(3)
        limits.timeout = .seconds(10)
        limits.responseBytes = 64 * 1024
        limits.keptConnections = 64
        let service = EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]), limits: limits)
        // Where there is no such service, packets to it vanish as a rule.
        limits.keptConnections = 0
        limits.connectTimeout = .seconds(1)
        limits.timeout = .seconds(4)
        let metadata = EgressClient(
            policy: EgressPolicy(
                plaintext: .anywhere, addresses: .publicInternet(and: credentialRanges), ports: [80...80]),
            limits: limits)
        return AWSExchanges(
            service: { request throws(EgressError) in try await service.send(request) },
            metadata: { request throws(EgressError) in try await metadata.send(request) })
    }()

    /// EC2's metadata, ECS's and EKS's agents.
    private static let credentialRanges = [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23",
    ].compactMap { IPRange($0) }

    /// Asks an endpoint for credentials: over TLS, on this machine, or at one of AWS's link-local addresses.
    func fetch(_ request: EgressRequest, from what: String) async throws(ProviderError) -> EgressResponse {
        do throws(EgressError) {
            let url = try EgressURL(request.url)
            // A name could lead anywhere; an address that stands in the URL is the one that is reached.
            if !url.isSecure, case .address(let address) = url.host,
                Self.credentialRanges.contains(where: { $0.contains(address) })
            {
                return try await metadata(request)
            }
            return try await service(request)
        } catch {
            throw ProviderError(error, reaching: what)
        }
    }
}

extension ProviderError {
    /// Why a request to AWS brought no answer.
    init(_ error: EgressError, reaching what: String) {
        switch error.code {
        case .nameUnknown:
            self.init(
                .unreachable, "\(what): \(error.reason); is the region right, and can this machine look up names?")
        case .unreachable, .timeout, .responseBroken, .tlsFailed, .cancelled:
            self.init(.unreachable, "\(what): \(error.reason)")
        case .responseTooLarge: self.init(.answerBroken, "\(what): \(error.reason)")
        case .urlInvalid, .requestInvalid, .trustInvalid, .destinationRefused, .addressRefused, .certificateUntrusted:
            self.init(.configurationInvalid, "\(what): \(error.reason)")
        }
    }
}
