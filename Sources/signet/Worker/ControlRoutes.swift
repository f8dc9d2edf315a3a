import Admin
import AuthorizationServer
import ControlHTTP
import HTTPTypes
import Hummingbird
import Logging
import Monitoring
import Problems

/// What the control listeners answer, and which of them answers what.
struct ControlRoutes {
    let authorizationServer: AuthorizationServer
    let admin: AdminAPI
    let credentials: AdminCredentials
    let metrics: MetricsRegistry

    /// One listener for all of it, or two when the configuration has an admin listener: then the management API and the
    /// metrics are there alone.
    func listeners(order: WorkerOrder, place: ServerPlace, logger: Logger) -> [ControlListener] {
        let main = ControlResponder.makeRouter()
        authorizationServer.addRoutes(to: main)
        addHealth(to: main)
        let management = order.listeners[.admin] == nil ? main : ControlResponder.makeRouter()
        admin.addRoutes(to: management)
        addMetrics(to: management)
        if management !== main { addHealth(to: management) }
        let configuration = ControlResponder.Configuration(
            hosts: HostPolicy(urls: [place.issuer, place.publicURL]), isHTTPS: place.issuer.hasPrefix("https://"))
        return [(WorkerOrder.ListenerName.control, main), (.admin, management)].compactMap { name, router in
            guard let socket = order.listeners[name]?.descriptors.first else { return nil }
            let responder = ControlResponder(router: router, configuration: configuration)
            return ControlListener(socket: socket, responder: responder, logger: logger)
        }
    }

    /// `/healthz`: the process answers. `/readyz`: it can also do its work.
    private func addHealth(to router: Router<ControlContext>) {
        router.get("/healthz") { _, _ in Response.text("ok\n") }
        router.get("/readyz") { [authorizationServer] _, _ in
            authorizationServer.isReady
                ? Response.text("ready\n") : Response.text("not ready\n", status: .serviceUnavailable)
        }
    }

    /// Metrics tell how much is going on and for whom: they are for this machine, or for who has the credential.
    private func addMetrics(to router: Router<ControlContext>) {
        router.get("/metrics") { [metrics, credentials] request, context in
            guard context.isFromLoopback || Self.isPermitted(request, credentials) else {
                throw Problem(.unauthenticated, detail: "expected the admin credential as Authorization: Bearer")
            }
            return Response.content(
                Array(metrics.prometheusText().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    private static func isPermitted(_ request: Request, _ credentials: AdminCredentials) -> Bool {
        let fields = request.headers[values: .authorization]
        guard fields.count == 1, let field = fields.first, field.prefix(7).lowercased() == "bearer " else {
            return false
        }
        return credentials.accepts(String(field.dropFirst(7)))
    }
}
