/// Names an upstream address within a process; dense, never reused.
package struct UpstreamID: Hashable, Sendable {
    package let index: Int
    package init(index: Int) { self.index = index }
}

/// Where an upstream listens.
package struct UpstreamAddress: Hashable, Sendable {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}
