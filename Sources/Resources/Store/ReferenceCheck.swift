/// Checks what resources say about each other, on the state that a change would lead to.
///
/// Everything is checked, not only what changes: deleting an API can break a client that nobody touched.
struct ReferenceCheck {
    private let apis: [(name: String, spec: APISpec)]
    private let clients: [(name: String, spec: ClientSpec)]
    private let documents: [ResourceKey: ResourceDocument]
    private let faults = FaultCollector()

    /// - Parameter documents: What is being applied, for the places of faults.
    init(_ state: [ResourceKey: ResourceDocument.Content], documents: [ResourceDocument]) {
        var apis: [(String, APISpec)] = []
        var clients: [(String, ClientSpec)] = []
        for (key, content) in state {
            switch content {
            case .api(let spec): apis.append((key.name, spec))
            case .client(let spec): clients.append((key.name, spec))
            }
        }
        self.apis = apis.sorted { $0.0 < $1.0 }
        self.clients = clients.sorted { $0.0 < $1.0 }
        self.documents = Dictionary(documents.map { (ResourceKey($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Throws every fault.
    func run() throws(ResourceErrors) {
        checkAudiences()
        checkRoutes()
        checkClients()
        checkIntrospectors()
        try faults.throwIfAny()
    }

    private func checkAudiences() {
        var owners: [String: String] = [:]
        for (name, spec) in inApplyOrder(apis, kind: .api) {
            let key = ResourceURI(spec.audience)?.comparisonKey ?? spec.audience
            if let owner = owners[key] {
                report(
                    "expected an audience of its own, got \(spec.audience), which API \(owner) has", .api, name,
                    "spec.audience")
            } else {
                owners[key] = name
            }
        }
    }

    /// One request must belong to one API. Hosts and paths of different precision may overlap: the more precise wins.
    private func checkRoutes() {
        var owners: [RoutePlace: String] = [:]
        for (name, spec) in inApplyOrder(apis, kind: .api) {
            for (index, route) in spec.routes.enumerated() {
                if let (place, owner) = firstConflict(of: route, with: owners) {
                    let other = owner == name ? "another route of this API" : "API \(owner)"
                    report(
                        "expected a route of its own, got \(place), which \(other) has", .api, name,
                        "spec.routes[\(index)]")
                }
                for place in places(of: route) where owners[place] == nil { owners[place] = name }
            }
        }
    }

    private func firstConflict(of route: Route, with owners: [RoutePlace: String]) -> (RoutePlace, String)? {
        for place in places(of: route) {
            // A route without methods takes every method, so it conflicts with any route of its host and path; one with
            // methods conflicts with the same methods and with a route without.
            let rivals: [RoutePlace.Methods] =
                switch place.methods {
                case .every: [.every, .some]
                case .one: [place.methods, .every]
                case .some: []
                }
            for rival in rivals {
                if let owner = owners[RoutePlace(host: place.host, path: place.path, methods: rival)] {
                    return (place, owner)
                }
            }
        }
        return nil
    }

    private func places(of route: Route) -> [RoutePlace] {
        let hosts: [String?] = route.hosts.isEmpty ? [nil] : route.hosts
        let methods: [RoutePlace.Methods] =
            route.methods.isEmpty ? [.every] : [.some] + route.methods.map { .one($0) }
        return hosts.flatMap { host in
            methods.map { RoutePlace(host: host, path: route.path, methods: $0) }
        }
    }

    private func checkClients() {
        let scopes = Dictionary(apis.map { ($0.name, Set($0.spec.scopes)) }, uniquingKeysWith: { first, _ in first })
        for (name, spec) in clients {
            for access in spec.apis {
                let path = "spec.apis.\(access.api)"
                guard let known = scopes[access.api] else {
                    report("expected the name of an API, got \(access.api), which does not exist", .client, name, path)
                    continue
                }
                for (index, scope) in access.scopes.enumerated() where !known.contains(scope) {
                    report(
                        "expected a scope of API \(access.api), got \(scope)", .client, name, "\(path)[\(index)]")
                }
            }
        }
    }

    private func checkIntrospectors() {
        let known = Set(clients.map(\.name))
        for (name, spec) in apis {
            for (index, client) in spec.introspectors.enumerated() where !known.contains(client) {
                report(
                    "expected the name of a client, got \(client), which does not exist", .api, name,
                    "spec.introspectors[\(index)]")
            }
        }
    }

    /// What is not being applied comes first, so that faults fall on what the user has in hand.
    private func inApplyOrder<Spec>(
        _ items: [(name: String, spec: Spec)], kind: ResourceKind
    ) -> [(name: String, spec: Spec)] {
        let isApplied = { (name: String) in documents[ResourceKey(kind, name)] != nil }
        return items.filter { !isApplied($0.name) } + items.filter { isApplied($0.name) }
    }

    private func report(_ message: String, _ kind: ResourceKind, _ name: String, _ path: String) {
        if let document = documents[ResourceKey(kind, name)] {
            faults.add(contentsOf: ResourceErrors(document.places.fault(path: path, message: message)))
        } else {
            faults.report(message, path: "\(kind.rawValue) \(name): \(path)", line: nil)
        }
    }
}

/// One host, path and method that a route takes: the unit of conflicts.
private struct RoutePlace: Hashable, CustomStringConvertible {
    enum Methods: Hashable {
        /// Every method, because the route names none.
        case every
        /// A mark that the route names methods, whichever.
        case some
        case one(String)
    }

    var host: String?
    var path: RoutePath
    var methods: Methods

    var description: String {
        var parts: [String] = []
        if case .one(let method) = methods { parts.append(method) }
        parts.append(host.map { "host \($0)" } ?? "any host")
        switch path {
        case .prefix(let text): parts.append("prefix \(text)")
        case .exact(let text): parts.append("path \(text)")
        }
        return parts.joined(separator: " ")
    }
}
