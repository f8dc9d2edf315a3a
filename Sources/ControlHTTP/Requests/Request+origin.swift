import HTTPTypes
package import Hummingbird

extension Request {
    /// Whether a program on this machine made the request by itself, as far as one can tell.
    ///
    /// The peer's address alone can't: behind a reverse proxy on the same machine every stranger comes from loopback. So
    /// the request must carry none of the fields by which proxies tell of the client before them, and must name this
    /// machine by a loopback name. A proxy that leaves both out is indistinguishable from a local program.
    package func isLocal(_ context: ControlContext) -> Bool {
        guard context.isFromLoopback, let host = head.authority, HostPolicy.isLoopback(authority: host) else {
            return false
        }
        return !headers.contains { Self.tellsOfProxy($0.name.canonicalName) }
    }

    /// RFC 7239, RFC 9110 section 7.6.3, and what was there before them.
    private static func tellsOfProxy(_ name: String) -> Bool {
        ["forwarded", "via", "x-real-ip"].contains(name) || name.hasPrefix("x-forwarded")
    }
}
