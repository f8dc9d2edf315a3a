package import HTTPTypes
package import Hummingbird
import Logging
import Problems

/// The way of every request on a control listener: id, Host, routing, errors, security fields, log line.
///
/// Handlers throw ``Problem`` or ``ControlHTTPError`` and need not think of the rest. Whatever else they throw is
/// answered as 500 with the request's id and logged.
package struct ControlResponder: HTTPResponder {
    /// What a listener is told about the place where it stands.
    package struct Configuration: Sendable {
        /// Which Host values are answered to.
        package var hosts: HostPolicy
        /// Whether callers reach the listener by https only; adds `Strict-Transport-Security`.
        package var isHTTPS: Bool
        /// Route paths whose requests are logged at debug level only, as they come every few seconds.
        package var quietPaths: Set<String>

        package init(
            hosts: HostPolicy, isHTTPS: Bool = false, quietPaths: Set<String> = ["/healthz", "/readyz", "/metrics"]
        ) {
            self.hosts = hosts
            self.isHTTPS = isHTTPS
            self.quietPaths = quietPaths
        }
    }

    private let configuration: Configuration
    private let routes: RouterResponder<ControlContext>
    private let allowed: RouterResponder<ControlContext>

    /// - Parameter router: with every route already added; see ``makeRouter()``.
    package init(router: Router<ControlContext>, configuration: Configuration) {
        self.configuration = configuration
        routes = router.buildResponder()
        allowed = AllowedMethods.responder(for: router)
    }

    /// A router that answers HEAD wherever it answers GET.
    package static func makeRouter() -> Router<ControlContext> {
        Router(context: ControlContext.self, options: [.autoGenerateHeadEndpoints])
    }

    /// Answers one request. Never throws but when the task is cancelled.
    package func respond(to request: Request, context: ControlContext) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        let offered = request.headers[values: .requestID]
        if offered.count == 1, let id = RequestID(offered: offered[0]) { context.adopt(id) }

        var response = await answer(request, context)
        if request.announcesBody, !context.body.isRead {
            // What is left of the body would have to be read before the next request: end the connection instead.
            response.headers[.connection] = "close"
        }
        SecurityFields.complete(&response, requestID: context.requestID, isHTTPS: configuration.isHTTPS)
        if request.method == .head { response = response.createHeadResponse() }
        log(request, response, context, start)
        return response
    }

    private func answer(_ request: Request, _ context: ControlContext) async -> Response {
        do {
            try check(request)
            let response = try await routes.respond(to: request, context: context)
            guard context.endpointPath == Self.unrouted else { return response }
            return try await unrouted(request, context)
        } catch let problem as Problem {
            return .problem(problem, requestID: context.requestID)
        } catch let error as ControlHTTPError {
            return .problem(error.problem, requestID: context.requestID)
        } catch {
            context.logger.error("a control request failed", metadata: ["error": .string(String(describing: error))])
            return .problem(Problem(.internalError), requestID: context.requestID)
        }
    }

    /// What must hold for any request, before anything is looked up for it.
    private func check(_ request: Request) throws(ControlHTTPError) {
        // The server's codec moves the first Host field into the authority and leaves any further one here.
        guard !request.headers.contains(where: { $0.name.canonicalName == "host" }) else {
            throw ControlHTTPError(.hostMalformed, "the request has several Host fields")
        }
        try configuration.hosts.check(request.head.authority)
    }

    /// Hummingbird's marker in place of a route's path when it found no route for path and method.
    private static let unrouted = "NotFound"

    private func unrouted(_ request: Request, _ context: ControlContext) async throws -> Response {
        let probe = Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: request.uri.path),
            body: .init(buffer: .init()))
        let found = try await allowed.respond(to: probe, context: ControlContext(source: .init(logger: context.logger)))
        guard let methods = found.headers[.allow] else {
            throw ControlHTTPError(.pathUnknown, "there is nothing at this path")
        }
        let error = ControlHTTPError(.methodNotAllowed, "this path takes \(methods)")
        return .problem(error.problem, requestID: context.requestID, headers: [.allow: methods])
    }

    private func log(
        _ request: Request, _ response: Response, _ context: ControlContext, _ start: ContinuousClock.Instant
    ) {
        let route = context.endpointPath ?? "-"
        let level: Logger.Level =
            response.status.code >= 500 ? .error : configuration.quietPaths.contains(route) ? .debug : .info
        // The route's pattern, not the path that came: outside text stays out of the log.
        context.logger.log(
            level: level, "control request",
            metadata: [
                "method": .string(String(request.method.rawValue.prefix(16))), "route": .string(route),
                "status": .stringConvertible(response.status.code),
                "microseconds": .stringConvertible((ContinuousClock.now - start) / .microseconds(1)),
            ])
    }
}

extension HTTPField.Name {
    /// `X-Request-Id`.
    package static var requestID: HTTPField.Name { requestIDName }
    // The name is a constant token, so the initialiser can't fail; the alternative only satisfies the type.
    private static let requestIDName = HTTPField.Name("X-Request-Id") ?? .via
}
