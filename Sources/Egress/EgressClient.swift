import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends HTTP requests to other services, off the data path.
///
/// It follows no redirect (a peer must not choose where our credentials go next), uses no proxy, takes no cookie,
/// decompresses nothing (a small answer must not grow), and bounds time and size.
package final class EgressClient: Sendable {
    private let client: HTTPClient
    private let limits: EgressLimits

    package init(limits: EgressLimits = EgressLimits()) {
        self.limits = limits
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(limits.connectTimeout)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.connectionsPerHost
        // The caller learns at once that nothing listens, instead of after the whole time limit.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup), configuration: configuration)
    }

    /// Sends one request and reads the whole answer.
    ///
    /// - Throws: ``EgressError``. An answer of any status is a result.
    package func send(_ request: EgressRequest) async throws(EgressError) -> EgressResponse {
        let outbound = try Self.outbound(request)
        let limits = limits
        // The client's own deadline ends with the answer's head: a body that trickles in for ever is stopped here.
        let outcome = await withTaskGroup(of: Result<EgressResponse, EgressError>.self) { group in
            group.addTask { await self.exchange(outbound) }
            group.addTask {
                do { try await Task.sleep(for: limits.timeout) } catch { return .failure(Self.cancelled) }
                return .failure(EgressError(.timeout, "no complete answer within \(limits.timeout)"))
            }
            let first = await group.next() ?? .failure(Self.cancelled)
            group.cancelAll()
            return first
        }
        return try outcome.get()
    }

    private func exchange(_ outbound: HTTPClientRequest) async -> Result<EgressResponse, EgressError> {
        do {
            let response = try await client.execute(outbound, timeout: TimeAmount(limits.timeout))
            let body = try await response.body.collect(upTo: limits.responseBytes)
            return .success(
                EgressResponse(
                    status: Int(response.status.code),
                    fields: response.headers.map { (name: $0.name, value: $0.value) },
                    body: Array(body.readableBytesView)))
        } catch {
            return .failure(Self.translated(error, limits))
        }
    }

    private static let cancelled = EgressError(.cancelled, "the request was cancelled")

    /// Closes idle connections and refuses further requests. Call it once, at the end.
    package func shutdown() async {
        try? await client.shutdown()
    }

    private static func outbound(_ request: EgressRequest) throws(EgressError) -> HTTPClientRequest {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw EgressError(.urlInvalid, "expected an absolute http or https URL")
        }
        var outbound = HTTPClientRequest(url: request.url)
        outbound.method = HTTPMethod(rawValue: request.method)
        for field in request.fields { outbound.headers.add(name: field.name, value: field.value) }
        if let body = request.body { outbound.body = .bytes(ByteBuffer(bytes: body)) }
        return outbound
    }

    private static func translated(_ error: any Error, _ limits: EgressLimits) -> EgressError {
        switch error {
        case let error as EgressError: error
        case let error as HTTPClientError: translated(error, limits)
        case is NIOTooManyBytesError:
            EgressError(.responseTooLarge, "the answer is longer than \(limits.responseBytes) octets")
        case let error as NIOConnectionError: connectionFailure(error)
        case is CancellationError: cancelled
        case is HTTPParserError: EgressError(.responseBroken, "the peer did not answer in HTTP")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            EgressError(.unreachable, "connection refused")
        case is IOError, is ChannelError: EgressError(.responseBroken, "the connection broke")
        default: handshakeFailure(error)
        }
    }

    /// What the TLS library says. Its error types belong to a package that is not ours to import; its texts are BoringSSL's
    /// own names, which stay.
    private static func handshakeFailure(_ error: any Error) -> EgressError {
        let text = String(describing: error)
        func says(_ words: String...) -> Bool { words.contains(where: text.contains) }
        if says("CERTIFICATE_VERIFY_FAILED", "unableToValidateCertificate", "certificate verify failed") {
            return EgressError(.certificateUntrusted, "its certificate is not trusted here, or has expired")
        }
        if says("failedToValidateHostname", "hostname") {
            return EgressError(.certificateUntrusted, "its certificate is for another name")
        }
        if says("WRONG_VERSION_NUMBER", "HTTP_REQUEST") {
            return EgressError(.tlsFailed, "what came is not TLS")
        }
        return EgressError(.tlsFailed, "the TLS handshake failed: \(type(of: error))")
    }

    private static func translated(_ error: HTTPClientError, _ limits: EgressLimits) -> EgressError {
        switch error {
        case .invalidURL, .emptyHost, .emptyScheme:
            EgressError(.urlInvalid, "expected an absolute http or https URL")
        case .connectTimeout: EgressError(.unreachable, "no connection within \(limits.connectTimeout)")
        case .tlsHandshakeTimeout: EgressError(.tlsFailed, "the TLS handshake took too long")
        case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
            EgressError(.timeout, "no complete answer within \(limits.timeout)")
        case .cancelled, .alreadyShutdown, .requestStreamCancelled:
            cancelled
        case .remoteConnectionClosed: EgressError(.responseBroken, "the peer closed the connection early")
        default:
            isFaultOfRequest(error)
                ? EgressError(.requestInvalid, "the request can't be sent: \(error.shortDescription)")
                : EgressError(.responseBroken, error.shortDescription)
        }
    }

    /// Whether the error says that the request itself can't be sent.
    private static func isFaultOfRequest(_ error: HTTPClientError) -> Bool {
        let description = "\(error)"
        return description.contains("invalidHeaderField") || description.contains("WithBody")
            || description.contains("unsupportedScheme")
    }

    private static func connectionFailure(_ error: NIOConnectionError) -> EgressError {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            return EgressError(.nameUnknown, "the name \(error.host) has no address")
        }
        return EgressError(.unreachable, "nothing answers at \(error.host) port \(error.port)")
    }
}
