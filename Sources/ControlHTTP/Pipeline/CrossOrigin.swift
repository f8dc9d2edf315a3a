import HTTPTypes
package import Hummingbird

/// Lets scripts of any origin read what a group of routes answers (the Fetch standard's CORS protocol).
///
/// For public documents only: discovery and key sets. Credentials are never allowed with it. Every other route sends
/// no CORS field at all, which is a browser's signal to keep the answer from the page.
package struct AnyOriginMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: ControlContext, next: (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = "*"
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
        return response
    }
}

extension Router<ControlContext> {
    /// Adds a public document that scripts of any origin may read: GET, HEAD and the preflight for it.
    package func publicDocument(
        _ path: RouterPath, use handler: @Sendable @escaping (Request, ControlContext) async throws -> Response
    ) {
        let group = group().add(middleware: AnyOriginMiddleware())
        group.get(path, use: handler)
        group.on(path, method: .options) { _, _ in
            Response(
                status: .noContent,
                headers: [
                    .accessControlAllowMethods: "GET, HEAD", .accessControlMaxAge: "600", .allow: "GET, HEAD, OPTIONS",
                ]
            )
        }
    }
}
