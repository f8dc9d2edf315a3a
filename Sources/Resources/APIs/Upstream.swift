/// A server that an API's requests are forwarded to.
package struct Upstream: Hashable, Sendable {
    /// How it is spoken to.
    package enum Scheme: String, Sendable, CaseIterable {
        /// HTTP/1.1 without TLS.
        case http
    }

    /// How it is spoken to.
    package let scheme: Scheme
    /// Its name or address in lower case; an IPv6 address without brackets.
    package let host: String
    /// Its port, 1…65535.
    package let port: Int
    /// What is put before the path of every request: empty, or beginning and not ending with `/`.
    package let basePath: String

    /// Makes an upstream from parts that were checked before.
    package init(scheme: Scheme = .http, host: String, port: Int, basePath: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.basePath = basePath
    }

    /// `host:port` as `Host` and a URI write it, the default port left out.
    package var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    /// The URL, in the one spelling that export uses.
    package var url: String { "\(scheme.rawValue)://\(authority)\(basePath)" }
}

extension FieldValue {
    /// `{url: …}`.
    func upstream() -> Upstream? {
        guard let fields = FieldReader(self) else { return nil }
        defer { fields.end() }
        return fields.required("url") { $0.upstreamURL() }
    }

    private func upstreamURL() -> Upstream? {
        guard let text = string() else { return nil }
        guard let uri = ResourceURI(text), let host = uri.host, ["http", "https"].contains(uri.scheme) else {
            fail(expected: "a URL such as http://127.0.0.1:8082")
            return nil
        }
        guard uri.scheme == "http" else {
            report("expected an http URL: TLS to upstreams is not supported yet")
            return nil
        }
        guard uri.userInformation == nil, uri.query == nil, uri.fragment == nil else {
            // The value may hold a password: it is not repeated.
            report("expected a URL without user, query and fragment")
            return nil
        }
        let path = uri.path.hasSuffix("/") ? String(uri.path.dropLast()) : uri.path
        guard path.isEmpty || RoutePath.isValid(path) else {
            fail(expected: "a URL whose path has no empty, . or .. segments")
            return nil
        }
        return Upstream(host: host, port: uri.port ?? 80, basePath: path)
    }
}
