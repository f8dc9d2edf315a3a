import HTTPEngine
import JOSE
import KeyManagement
import Logging
import Monitoring
import Resources

/// Compiles what the stores hold into the parts of a ``Snapshot``.
struct SnapshotParts {
    let configuration: GatewayConfiguration
    let directory: UpstreamDirectory
    let names: NameTable
    let logger: Logger
    private var policies = PolicyNumbers()

    init(configuration: GatewayConfiguration, directory: UpstreamDirectory, names: NameTable, logger: Logger) {
        self.configuration = configuration
        self.directory = directory
        self.names = names
        self.logger = logger
    }

    /// The APIs in order of their names, with their keys.
    mutating func apis(_ resources: ResourceSet, keys: LoadedKeys) -> [CompiledAPI] {
        policies.keep(only: resources.apis.keys)
        return resources.apis.values.sorted { $0.name < $1.name }.map { resource in
            let spec = resource.spec
            if spec.scopes.count > ScopeSet.capacity {
                logger.warning(
                    "scopes beyond the bound are never granted",
                    metadata: ["api": "\(resource.name)", "bound": "\(ScopeSet.capacity)"])
            }
            return CompiledAPI(
                name: resource.name, number: names.number(of: resource.name),
                policyID: policies.number(of: resource), spec: spec,
                upstreams: spec.upstreams.map { CompiledUpstream($0, directory: directory) },
                standing: APIStanding(resource, keys: keys), maximumTokenBytes: configuration.maximumTokenBytes,
                forwardKey: resource.forwardRing.flatMap { keys.signingKey($0) },
                policy: TokenAcceptance(
                    issuer: configuration.issuer, audience: spec.audience, leeway: configuration.leeway,
                    maximumLifetime: TokenPolicy.lifetimes.upperBound.wholeSeconds))
        }
    }

    /// The routes of all APIs in order of names and places, and the router over them.
    func routes(_ resources: ResourceSet, apis: [CompiledAPI]) -> (router: Router, routes: [CompiledRoute]) {
        var patterns: [RoutePattern] = []
        var routes: [CompiledRoute] = []
        for (place, api) in apis.enumerated() {
            for (index, route) in (resources.apis[api.name]?.spec.routes ?? []).enumerated() {
                patterns.append(RoutePattern(route))
                routes.append(
                    CompiledRoute(route, api: place, number: names.number(of: "\(api.name)/\(index)"), compiled: api))
            }
        }
        let router = Router(patterns) { index, fault in
            // Resources are validated before they are stored; this is for rows of another version of the program.
            logger.error(
                "route left out",
                metadata: [
                    "api": "\(apis[routes[index].api].name)", "path": "\(patterns[index].path.text)",
                    "reason": "\(fault.rawValue)",
                ])
        }
        return (router, routes)
    }

    func clients(_ resources: ResourceSet) -> [String: ClientEntry] {
        resources.clients.mapValues { client in
            ClientEntry(number: names.number(of: client.name), standing: ClientStanding(client.spec))
        }
    }
}

extension RoutePattern {
    init(_ route: Route) {
        let path: Path =
            switch route.path {
            case .prefix(let text): .prefix(text)
            case .exact(let text): .exact(text)
            }
        self.init(hosts: route.hosts, path: path, methods: route.methods, isPublic: route.access == .public)
    }
}
