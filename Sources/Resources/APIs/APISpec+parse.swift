import JOSE

extension APISpec {
    /// The most routes, upstreams and scopes of one API.
    static let mostRoutes = 256
    static let mostUpstreams = 64
    static let mostScopes = 256

    /// Reads the `spec` of an API. Faults go to the value's collector; nil when a required field has one.
    init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        let type = fields.required("type") {
            $0.choice(of: ServiceType.self, refused: ["ai": "AI services are not supported yet"])
        }
        let audience = fields.required("audience") { $0.audience() }
        let scopes = fields.optional("scopes", default: []) { $0.set(atMost: Self.mostScopes) { $0.scope() } }
        let token = fields.optional("token", default: TokenPolicy()) { TokenPolicy($0) }
        let forward = fields.optional("forward", default: .claims) {
            $0.choice(of: Forward.self, refused: Self.laterForwards)
        }
        let upstreams = fields.required("upstreams") { $0.list(atMost: Self.mostUpstreams) { $0.upstream() } }
        let routes = fields.required("routes") { $0.list(atMost: Self.mostRoutes) { Route($0) } }
        let claims = fields.optional("claims", default: []) { list in
            list.set(atMost: 64) { $0.string("a claim name") { ResourceName.isClaim($0) ? $0 : nil } }
        }
        let introspectors = fields.optional("introspectors", default: []) { list in
            list.set(atMost: 256) { $0.resourceName() }
        }
        let timeouts = fields.optional("timeouts", default: Timeouts()) { Timeouts($0) }
        let limits = fields.optional("limits", default: Limits()) { Limits($0) }
        fields.end()
        guard type != nil, let audience, let upstreams, let routes else { return nil }
        self.init(audience: audience, upstreams: upstreams, routes: routes)
        self.scopes = scopes
        self.token = token
        self.forward = forward
        self.claims = claims
        self.introspectors = introspectors
        self.timeouts = timeouts
        self.limits = limits
        checkAgainstEachOther(fields)
    }

    private static let laterForwards = [
        "jwe": "encrypted forwarding is not supported yet",
        "token": "forwarding the token itself is not supported yet",
        "credential": "static credentials are not supported yet",
    ]

    /// What one field says about another.
    private func checkAgainstEachOther(_ fields: FieldReader) {
        if case .sequence(let nodes)? = fields.value("upstreams")?.node.value, nodes.isEmpty {
            fields.value("upstreams")?.report("expected at least one upstream")
        }
        if case .sequence(let nodes)? = fields.value("routes")?.node.value, nodes.isEmpty {
            fields.value("routes")?.report("expected at least one route")
        }
        if !claims.isEmpty, forward != .claims {
            fields.value("claims")?.report("expected claims only with forward: claims, which carries them")
        }
        checkRouteScopes(fields)
    }

    private func checkRouteScopes(_ fields: FieldReader) {
        let known = Set(scopes)
        _ = fields.value("routes")?.list(atMost: Self.mostRoutes) { route -> Void? in
            guard case .mapping(let members) = route.node.value,
                let member = members.first(where: { $0.name == "scopes" }),
                case .sequence(let nodes) = member.value.value
            else { return nil }
            for (index, node) in nodes.enumerated() {
                guard case .string(let scope) = node.value, ResourceName.isScope(scope), !known.contains(scope) else {
                    continue
                }
                route.faults.report(
                    "expected one of the API's scopes, got \(node.summary)",
                    path: "\(route.path).scopes[\(index)]", line: node.line ?? route.line)
            }
            return nil
        }
    }
}

extension APISpec.Timeouts {
    fileprivate init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        self.init()
        connect = fields.optional("connect", default: connect) { $0.duration(in: Self.bounds) }
        response = fields.optional("response", default: response) { $0.duration(in: Self.bounds) }
        idle = fields.optional("idle", default: idle) { $0.duration(in: Self.bounds) }
        fields.end()
    }
}

extension APISpec.Limits {
    fileprivate init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        self.init()
        bodyBytes = fields.optional("body_bytes") { $0.size(in: Self.bodies) }
        fields.end()
    }
}

extension FieldValue {
    /// An absolute URI without fragment (RFC 8707 section 2); without query and user too, for which nobody asked.
    fileprivate func audience() -> String? {
        string("an absolute URI without user, query and fragment, such as https://orders.example") { text in
            guard let uri = ResourceURI(text), uri.fragment == nil, uri.query == nil, uri.userInformation == nil else {
                return nil
            }
            // A scheme that is looked up on a network needs a host.
            return uri.host != nil || !["http", "https"].contains(uri.scheme) ? text : nil
        }
    }
}
