import Admin
import AuthorizationServer
import ControlHTTP
import HTTPTypes
import Hummingbird
import Logging
import Monitoring

/// What the control listeners answer, and which of them answers what.
struct ControlRoutes {
    let authorizationServer: AuthorizationServer
    let admin: AdminAPI
    let credentials: AdminCredentials
    let metrics: MetricsRegistry
    let readiness: Readiness

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
        return [(WorkerOrder.ListenerName.control, main), (.admin, management)].compactMap { name, router in
            guard let sockets = order.listeners[name], let socket = sockets.descriptors.first else { return nil }
            // The admin listener has no URL of its own in the configuration: its address is its name.
            let own = name == .admin ? ["http://\(sockets.address.text)"] : []
            let responder = ControlResponder(
                router: router,
                configuration: .init(
                    hosts: HostPolicy(urls: [place.issuer, place.publicURL] + own),
                    isHTTPS: place.issuer.hasPrefix("https://")))
            return ControlListener(socket: socket, responder: responder, logger: logger)
        }
    }

    /// `/healthz`: the process answers. `/readyz`: it can also do its work; if not, what keeps it from that. Another line
    /// tells about each key provider, whose absence alone does not make it unready, and about damaged keys.
    private func addHealth(to router: Router<ControlContext>) {
        router.get("/healthz") { _, _ in Response.text("ok\n") }
        router.get("/readyz") { [readiness] _, _ in
            let obstacles = readiness.obstacles
            let notes = (readiness.keyPhrases + readiness.providerPhrases).map { $0 + "\n" }.joined()
            guard !obstacles.isEmpty else { return Response.text("ready\n" + notes) }
            return Response.text(
                "not ready: \(obstacles.joined(separator: "; "))\n" + notes, status: .serviceUnavailable)
        }
    }

    /// Metrics tell how much is going on and for whom: they are for this machine, or for who has the credential.
    private func addMetrics(to router: Router<ControlContext>) {
        router.get("/metrics") { [metrics, credentials] request, context in
            if !request.isLocal(context), let refusal = credentials.refusal(of: request, context) { return refusal }
            return Response.content(
                Array(metrics.prometheusText().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }
}
