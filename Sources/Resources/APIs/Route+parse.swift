extension Route {
    /// The most hosts, methods or scopes of one route.
    static let mostItems = 64

    /// Reads one entry of `routes`.
    init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        let hosts = fields.optional("hosts", default: []) { $0.set(atMost: Self.mostItems) { $0.routeHost() } }
        let path = fields.required("path") { $0.routePath() }
        let methods = fields.optional("methods", default: []) { list in
            list.set(atMost: Self.mostItems) { $0.routeMethod() }
        }
        let scopes = fields.optional("scopes", default: []) { $0.set(atMost: Self.mostItems) { $0.scope() } }
        let access = fields.optional("access", default: .token) { $0.choice(of: Access.self) }
        let stripPrefix = fields.optional("strip_prefix", default: false) { $0.bool() }
        if access == .public, !scopes.isEmpty {
            fields.value("scopes")?.report("expected no scopes on a public route: nobody would check them")
        }
        if stripPrefix, case .exact = path {
            fields.value("strip_prefix")?.report("expected a prefix path with strip_prefix, got an exact one")
        }
        fields.end()
        guard let path else { return nil }
        self.init(
            hosts: hosts, path: path, methods: methods, scopes: scopes, access: access, stripPrefix: stripPrefix)
    }
}

extension FieldValue {
    /// A scope name.
    package func scope() -> String? {
        string(ResourceName.expectedScope) { ResourceName.isScope($0) ? $0 : nil }
    }

    /// The name of an API or client.
    package func resourceName() -> String? {
        string(ResourceName.expected) { ResourceName.isValid($0) ? $0 : nil }
    }

    fileprivate func routeHost() -> String? {
        string("a host name without port, such as api.example.com or *.example.com") { text in
            let host = text.lowercased()
            let name = host.hasPrefix("*.") ? String(host.dropFirst(2)) : host
            if name.hasPrefix("["), name.hasSuffix("]") {
                return name == host && Authority.isIPv6(name.dropFirst().dropLast()) ? host : nil
            }
            guard HostName.isValid(name), name == host || !HostName.isIPv4(Substring(name)) else { return nil }
            return host
        }
    }

    fileprivate func routeMethod() -> String? {
        string("a method in capital letters, such as GET; CONNECT, TRACE and TRACK are never carried") { text in
            ResourceName.isMethod(text) && !["CONNECT", "TRACE", "TRACK"].contains(text) ? text : nil
        }
    }

    fileprivate func routePath() -> RoutePath? {
        guard let fields = FieldReader(self) else { return nil }
        let prefix = fields.optional("prefix") { $0.pathText() }
        let exact = fields.optional("exact") { $0.pathText() }
        defer { fields.end() }
        let isTwice = fields.value("prefix") != nil && fields.value("exact") != nil
        guard !isTwice, fields.value("prefix") != nil || fields.value("exact") != nil else {
            fail(expected: "either prefix or exact, such as {prefix: /orders}")
            return nil
        }
        if let exact { return .exact(exact) }
        guard let prefix else { return nil }
        guard prefix == "/" || !prefix.hasSuffix("/") else {
            fields.value("prefix")?.fail(expected: "a prefix without a slash at its end (it matches whole segments)")
            return nil
        }
        return .prefix(prefix)
    }

    private func pathText() -> String? {
        string("a path that begins with / and has no empty, . or .. segments, query or encoded slash") {
            RoutePath.isValid($0) ? $0 : nil
        }
    }
}
