import Egress

/// Where a service of AWS answers: scheme, host and port.
struct AWSEndpoint: Sendable, Hashable {
    /// Without a slash at its end.
    let url: String
    /// What the field Host says, and so what is signed.
    let authority: String

    /// Nil for what is no such URL, and for http to an address that is not this machine's.
    init?(_ text: String) {
        guard let url = try? EgressURL(text + "/"), url.target == "/" else { return nil }
        if !url.isSecure, case .address(let address) = url.host,
            !Self.loopback.contains(where: { $0.contains(address) })
        {
            return nil
        }
        self.url = text
        authority = url.authority
    }

    /// The public endpoint of a service in a region.
    static func service(_ name: String, region: String) -> AWSEndpoint? {
        AWSEndpoint("https://\(name).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : ""))
    }

    private static let loopback = ["127.0.0.0/8", "::1"].compactMap { IPRange($0) }
}
