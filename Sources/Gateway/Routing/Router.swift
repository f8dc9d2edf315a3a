/// Finds the route of a request in a compiled tree; a match allocates nothing.
///
/// The order is: the most specific host first (exact name, then the longest wildcard, then any); under one host the
/// longest path, exact before prefix; at one path a route that names the method before one that takes any; then the
/// order of configuration. A route whose method does not fit is passed over, so that a shorter path or another host may
/// still take the request; but not a public one, if a guarded one was passed over: what it guards would be open to all
/// methods that it forgot (``RouteTree/Candidate/isHidden(from:)``).
///
/// A path is matched as it stands. But an upstream may read it otherwise (``LooseSegment``), and what it then serves may
/// be another route's: `/admin;x=1` is `/admin` to some. So a path of which any reading finds a more specific route
/// than the path as it stands has no route at all.
final class Router: Sendable {
    /// What a request's path finds.
    enum Match: Equatable {
        /// The index of a pattern.
        case route(Int)
        case none
        /// A public route would take the request, but a guarded one of this path takes other methods only.
        case hidden
        /// Some servers would read the path as that of a more specific route.
        case ambiguous
    }

    private let tree: RouteTree

    /// - Parameter patterns: in order of precedence; a match is an index into them.
    /// - Parameter onFault: told of each pattern that can never match and is left out.
    init(_ patterns: [RoutePattern], onFault: (_ index: Int, RequestPath.Fault) -> Void = { _, _ in }) {
        tree = RouteTreeBuilder.build(patterns, onFault: onFault)
    }

    /// The route for a request.
    ///
    /// - Parameters:
    ///   - host: the Host field's value or the authority, with or without a port; compared without case.
    ///   - path: the canonical path (``RequestPath``).
    ///   - isPlain: the path has one reading only (``RequestPath/Verdict/plain``).
    func match(host: Span<UInt8>, path: Span<UInt8>, isPlain: Bool, method: RequestMethod) -> Match {
        let name = HostName.withoutPort(host)
        let isStrict = isPlain && tree.isPlain
        var before = Before()
        if !tree.exactHosts.isEmpty, let roots = tree.roots(exactHost: host.extracting(0..<name)),
            let match = match(roots, path, isStrict, method, &before)
        {
            return match
        }
        if !tree.wildcardHosts.isEmpty {
            // The longest suffix first: from the leftmost dot on.
            for index in 0..<name where host[index] == Octet.dot && index > 0 {
                if let roots = tree.roots(wildcardSuffix: host.extracting(index..<name)),
                    let match = match(roots, path, isStrict, method, &before)
                {
                    return match
                }
            }
        }
        return match(tree.anyHost, path, isStrict, method, &before) ?? .none
    }

    /// What the hosts before this one said, whose routes don't take the request.
    private struct Before {
        /// One has a route in another reading of the path.
        var isAmbiguous = false
        /// One has a guarded route for other methods.
        var isGuarded = false
    }

    /// What one host's routes say; nil when they say nothing and the next host is asked.
    ///
    /// - Parameter isStrict: there is no other reading to look for.
    @inline(__always)
    private func match(
        _ roots: RouteTree.Roots, _ path: Span<UInt8>, _ isStrict: Bool, _ method: RequestMethod,
        _ before: inout Before
    ) -> Match? {
        let finding = tree.match(roots.strict, path, method)
        before.isGuarded = before.isGuarded || finding.passesGuarded
        guard let found = finding.candidate else {
            if !isStrict { note(roots, path, method, &before) }
            return nil
        }
        if before.isAmbiguous { return .ambiguous }
        let mayHide = found.isHidden(from: method)
        if before.isGuarded, mayHide { return .hidden }
        if isStrict { return .route(found.route) }
        var rank = tree.looseRank(roots.loose, path, method)
        if mayHide { rank = max(rank, tree.looseRank(roots.loose, path, nil)) }
        return rank > tree.ranks[found.route] ? .ambiguous : .route(found.route)
    }

    /// Keeps what other readings find at a host that has no route for the path as it stands.
    private func note(
        _ roots: RouteTree.Roots, _ path: Span<UInt8>, _ method: RequestMethod, _ before: inout Before
    ) {
        before.isAmbiguous = before.isAmbiguous || tree.looseRank(roots.loose, path, method) >= 0
        before.isGuarded = before.isGuarded || tree.looseRank(roots.loose, path, nil) >= 0
    }
}
