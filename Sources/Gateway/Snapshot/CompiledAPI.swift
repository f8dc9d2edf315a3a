import HTTPEngine
import JOSE
import Resources

/// One API as the data path reads it: everything that was a string or a look-up is resolved.
final class CompiledAPI: Sendable {
    let name: String
    /// The number of the name in events.
    let number: UInt32
    /// Names this API with this policy; never used twice in a process, so that a cached token can't meet another policy.
    let policyID: UInt64
    /// The places of the scopes in ``ScopeSet``.
    let scopes: [String: Int]
    let forward: APISpec.Forward
    /// The claims that `X-Signet-Claims` carries.
    let claims: [String]
    let upstreams: [CompiledUpstream]
    /// ``UpstreamID/index`` of each upstream.
    let upstreamIndices: [Int]
    let timeouts: ExchangeTimeouts
    let maximumBodyBytes: Int64
    let keys: TokenKeys
    /// What its tokens are held against.
    let standing: APIStanding
    /// Signs the tokens of `forward: jwt`.
    let forwardKey: SigningKey?
    let policy: TokenAcceptance

    init(
        name: String, number: UInt32, policyID: UInt64, spec: APISpec, upstreams: [CompiledUpstream],
        standing: APIStanding, maximumTokenBytes: Int, forwardKey: SigningKey?, policy: TokenAcceptance
    ) {
        self.name = name
        self.number = number
        self.policyID = policyID
        scopes = Dictionary(
            spec.scopes.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        forward = spec.forward
        claims = spec.claims
        self.upstreams = upstreams
        upstreamIndices = upstreams.map(\.id.index)
        timeouts = ExchangeTimeouts(
            connect: spec.timeouts.connect.duration, response: spec.timeouts.response.duration,
            idle: spec.timeouts.idle.duration)
        maximumBodyBytes = spec.limits.bodyBytes?.bytes ?? .max
        self.standing = standing
        keys = TokenKeys(standing.keys, maximumTokenBytes: maximumTokenBytes)
        self.forwardKey = forwardKey
        self.policy = policy
    }

    /// The bits of a set of scopes; nil when one of them is none of the API's, or has no bit.
    func scopeSet(_ names: [String]) -> ScopeSet? {
        var set = ScopeSet()
        for name in names {
            guard let index = scopes[name], set.insert(index) else { return nil }
        }
        return set
    }

    /// The bits of those scopes of a token that the API knows; the others mean nothing here.
    func grantedScopes(_ text: String) -> ScopeSet {
        var set = ScopeSet()
        for name in text.split(separator: " ") {
            if let index = scopes[String(name)] { _ = set.insert(index) }
        }
        return set
    }
}

/// A server that requests go to.
struct CompiledUpstream: Sendable {
    let id: UpstreamID
    /// The value of `Host`.
    let authority: [UInt8]
    /// Put before the path; empty, or beginning and not ending with a slash.
    let basePath: [UInt8]
    /// The URL: the `aud` of a forwarded token.
    let url: String

    init(_ upstream: Upstream, directory: UpstreamDirectory) {
        id = directory.identifier(
            for: UpstreamAddress(host: upstream.host, port: UInt16(clamping: upstream.port)))
        authority = Array(upstream.authority.utf8)
        basePath = Array(upstream.basePath.utf8)
        url = upstream.url
    }
}
