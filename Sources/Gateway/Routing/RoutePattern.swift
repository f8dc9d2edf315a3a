/// What a route matches: its hosts, its path and its methods, as configured.
struct RoutePattern: Sendable, Equatable {
    enum Path: Sendable, Equatable {
        /// This path and everything below it, on segment boundaries: `/orders` takes `/orders`, `/orders/` and
        /// `/orders/1`, not `/ordersx`.
        case prefix(String)
        /// This path only; `/orders/` is another one than `/orders`.
        case exact(String)

        var text: String {
            switch self {
            case .prefix(let text), .exact(let text): text
            }
        }
    }

    /// Names without port; `*.example.com` takes every name below; none means any host.
    var hosts: [String] = []
    var path: Path
    /// None means any.
    var methods: [String] = []
    /// Takes requests without a token.
    var isPublic = false

    /// The path's segments in canonical spelling. A prefix's closing slash means nothing, an exact path's does.
    ///
    /// - Throws: the fault, if a request with this path would be refused, since then the route could never match.
    func segments() throws(RequestPath.Fault) -> [[UInt8]] {
        let octets = Array(path.text.utf8)
        if case .refused(let fault) = RequestPath.verdict(of: octets.span) { throw fault }
        var canonical: [UInt8] = []
        RequestPath.rewrite(octets.span, into: &canonical)
        var segments = canonical.dropFirst().split(separator: Octet.slash, omittingEmptySubsequences: false)
            .map(Array.init)
        if case .prefix = path, segments.last?.isEmpty == true { segments.removeLast() }
        return segments
    }

    /// The same as ``LooseSegment`` reads them: without a closing slash, which servers drop or add.
    static func loose(_ segments: [[UInt8]]) -> [[UInt8]] {
        segments.map { LooseSegment($0.span).folded }.filter { !$0.isEmpty }
    }
}
