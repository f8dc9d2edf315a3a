package import KeyManagement

/// What the owner of an API decides about it.
package struct APISpec: Hashable, Sendable {
    /// The kind of service behind the API.
    package enum ServiceType: String, Sendable, CaseIterable {
        /// Any HTTP service.
        case rest
    }

    /// In which form the upstream gets the caller's identity.
    package enum Forward: String, Sendable, CaseIterable {
        /// As `X-Signet-…` fields.
        case claims
        /// As a token of at most 60 s, signed by the issuer's forward-signing ring.
        case jwt
        /// Not at all.
        case none
    }

    /// The waits of the gateway.
    package struct Timeouts: Hashable, Sendable {
        /// For a connection to the upstream.
        package var connect = ResourceDuration.seconds(5)
        /// From the end of the request to the head of the answer.
        package var response = ResourceDuration.seconds(60)
        /// Without an octet in either direction.
        package var idle = ResourceDuration.seconds(60)

        /// The defaults: 5 s, 60 s, 60 s.
        package init() {}

        static let bounds = ResourceDuration(milliseconds: 10)...ResourceDuration.seconds(3600)
    }

    /// The bounds of one request.
    package struct Limits: Hashable, Sendable {
        /// The longest request body in octets; nil: no limit, since bodies are streamed in constant memory.
        package var bodyBytes: ByteSize?

        /// No limits.
        package init() {}

        static let bodies = ByteSize(bytes: 0)...ByteSize(bytes: 1 << 50)
    }

    /// The kind of service.
    package var type: ServiceType
    /// The API's identity in tokens: an absolute URI, unique among all APIs (RFC 8707 `resource`, RFC 9068 `aud`).
    package var audience: String
    /// Every scope that tokens of this API can hold.
    package var scopes: [String]
    /// How its tokens are made.
    package var token: TokenPolicy
    /// What the upstream gets to know of the caller.
    package var forward: Forward
    /// The claims that `X-Signet-Claims` carries.
    package var claims: [String]
    /// Where requests go.
    package var upstreams: [Upstream]
    /// Which requests belong to the API.
    package var routes: [Route]
    /// The clients that may introspect this API's tokens (RFC 7662).
    package var introspectors: [String]
    /// The waits of the gateway.
    package var timeouts: Timeouts
    /// The bounds of one request.
    package var limits: Limits

    /// A spec with the defaults, from parts that were checked before.
    package init(audience: String, upstreams: [Upstream], routes: [Route]) {
        type = .rest
        self.audience = audience
        scopes = []
        token = TokenPolicy()
        forward = .claims
        claims = []
        self.upstreams = upstreams
        self.routes = routes
        introspectors = []
        timeouts = Timeouts()
        limits = Limits()
    }
}

/// An API as it is stored.
package struct APIResource: Hashable, Sendable {
    /// Its name, unique among APIs.
    package let name: String
    /// The number of its present revision; it grows by one with every change and never goes back.
    package let revision: Int
    /// What its owner decided.
    package let spec: APISpec

    /// Makes a stored API.
    package init(name: String, revision: Int, spec: APISpec) {
        self.name = name
        self.revision = revision
        self.spec = spec
    }
}

extension APIResource {
    /// The ring that signs this API's tokens.
    package var signingRing: RingSpec { spec.token.signingRing(api: name) }

    /// The ring that this API's tokens are encrypted to.
    package var encryptionRing: RingSpec { spec.token.encryptionRing(api: name) }

    /// How its tokens are made now.
    package var form: TokenForm {
        TokenForm(signing: signingRing, encryption: encryptionRing, content: spec.token.content)
    }

    /// The issuer's ring for `forward: jwt`; nil when the API doesn't ask for it.
    package var forwardRing: RingSpec? { spec.forward == .jwt ? Self.forwardSigningRing : nil }

    /// The issuer's ring that signs what `forward: jwt` sends to upstreams: one for all APIs, ES256.
    package static let forwardSigningRing = RingSpec(
        owner: .issuer, purpose: .forwardSigning, algorithm: "ES256", curve: nil)

    /// Every ring that must exist before a token of this API can be issued, opened or forwarded.
    package var rings: [RingSpec] { [signingRing, encryptionRing] + (forwardRing.map { [$0] } ?? []) }
}
