import Egress
import JOSE

/// Fetches the set, once per call.
struct KeySetFetcher: Sendable {
    private let url: String
    private let client: EgressClient
    private let lifetime: CacheLifetime
    private let algorithms: [SignatureAlgorithm]
    private let maximumKeys: Int

    /// - Throws: `url-invalid`, `destination-refused`, `configuration-invalid`.
    init(url: String, configuration: RemoteJWKS.Configuration) throws(RemoteJWKSError) {
        var ranges: [IPRange] = []
        for text in configuration.allowedPrivateAddresses {
            guard let range = IPRange(text) else {
                throw RemoteJWKSError(.configurationInvalid, "expected allowedPrivateAddresses such as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        let policy = EgressPolicy(
            plaintext: configuration.dangerouslyAllowsPlaintextOnLoopback ? .loopback : .nowhere,
            addresses: .publicInternet(and: ranges), ports: configuration.ports)
        var limits = EgressLimits()
        limits.timeout = configuration.timeout
        limits.connectTimeout = configuration.timeout
        limits.responseBytes = configuration.maximumBytes
        do {
            try policy.check(EgressURL(url))
            client = EgressClient(
                policy: policy, limits: limits,
                trust: try configuration.trustedAuthorities.map { pem throws(EgressError) in
                    try EgressTrust(pem: pem)
                } ?? .system)
        } catch {
            throw RemoteJWKSError(error)
        }
        self.url = url
        lifetime = CacheLifetime(configuration)
        algorithms = configuration.algorithms
        maximumKeys = configuration.maximumKeys
    }

    /// Fetches the set, unless it is still the one with this mark.
    func fetch(etag: String?) async -> Result<FetchedKeySet, RemoteJWKSError> {
        var fields = [
            (name: "Accept", value: "application/jwk-set+json, application/json"),
            (name: "Accept-Encoding", value: "identity"),
        ]
        if let etag { fields.append((name: "If-None-Match", value: etag)) }
        let response: EgressResponse
        do {
            response = try await client.send(EgressRequest("GET", url, fields: fields))
        } catch {
            return .failure(RemoteJWKSError(error))
        }
        do {
            return .success(try fetched(response, wasConditional: etag != nil))
        } catch {
            return .failure(error)
        }
    }

    private func fetched(
        _ response: EgressResponse, wasConditional: Bool
    ) throws(RemoteJWKSError) -> FetchedKeySet {
        switch response.status {
        case 200: break
        case 304 where wasConditional: return .notModified(lifetime: lifetime.of(response.fields))
        case 300...399 where response.status != 304:
            throw RemoteJWKSError(.redirectRefused, "expected the key set, got a redirect (\(response.status))")
        default:
            throw RemoteJWKSError(.statusUnexpected, "expected status 200, got \(response.status)")
        }
        if let encoding = response[field: "content-encoding"], encoding.lowercased() != "identity" {
            throw RemoteJWKSError(.responseBroken, "expected a body without content encoding")
        }
        let set = try KeySet(parsing: response.body, algorithms: algorithms, maximumKeys: maximumKeys)
        return .set(set, etag: Self.mark(response[field: "etag"]), lifetime: lifetime.of(response.fields))
    }

    /// A mark that can be sent back as it is (RFC 9110 section 8.8.3); an overlong or odd one is not kept.
    private static func mark(_ etag: String?) -> String? {
        guard let etag, etag.utf8.count <= 256, etag.hasSuffix("\""), etag.hasPrefix("\"") || etag.hasPrefix("W/\""),
            etag.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return etag
    }
}

extension RemoteJWKSError {
    init(_ error: EgressError) {
        let code: Code =
            switch error.code {
            case .urlInvalid: .urlInvalid
            case .trustInvalid: .configurationInvalid
            case .destinationRefused: .destinationRefused
            case .addressRefused: .addressRefused
            case .nameUnknown: .nameUnknown
            case .unreachable: .unreachable
            case .certificateUntrusted: .certificateUntrusted
            case .tlsFailed: .tlsFailed
            case .timeout: .timeout
            case .responseTooLarge: .responseTooLarge
            case .requestInvalid, .responseBroken: .responseBroken
            case .cancelled: .closed
            }
        self.init(code, error.reason)
    }
}
