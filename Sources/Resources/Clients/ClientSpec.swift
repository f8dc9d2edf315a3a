package import JOSE

/// What is decided about an OAuth client (an application).
package struct ClientSpec: Sendable, Hashable {
    /// How the client may get tokens.
    package enum Grant: String, Sendable, CaseIterable {
        /// RFC 6749 section 4.4.
        case clientCredentials = "client_credentials"
    }

    /// How the client proves who it is at the token endpoint (RFC 7591 section 2).
    package enum Authentication: String, Sendable, CaseIterable {
        /// A secret as HTTP Basic credentials.
        case clientSecretBasic = "client_secret_basic"
        /// A secret in the form.
        case clientSecretPost = "client_secret_post"
        /// A JWT signed with the client's own key (RFC 7523, OpenID Connect Core section 9).
        case privateKeyJWT = "private_key_jwt"

        /// Whether the client has a secret.
        package var usesSecret: Bool { self != .privateKeyJWT }
    }

    /// How the client may get tokens.
    package var grants: [Grant]
    /// How it proves who it is.
    package var authentication: Authentication
    /// The APIs it may get tokens for, with the scopes it may ask for; sorted by name.
    package var apis: [Access]
    /// The public keys of `private_key_jwt`; nil when it publishes them itself, and for other ways.
    package var jwks: JWKSet? { publicKeys?.set }
    /// The https URL where a client with `private_key_jwt` publishes its keys; nil when they are in ``jwks``.
    package var jwksURI: String?
    /// Whether it is turned off: it gets no tokens, and the ones it has are refused.
    package var isDisabled: Bool

    /// What a client may do at one API.
    package struct Access: Sendable, Hashable {
        /// The API's name.
        package var api: String
        /// The scopes it may ask for.
        package var scopes: [String]

        /// Makes an entry.
        package init(api: String, scopes: [String]) {
            self.api = api
            self.scopes = scopes
        }
    }

    var publicKeys: PublicKeys?

    /// A client from parts that were checked before.
    init(
        grants: [Grant] = [.clientCredentials], authentication: Authentication, apis: [Access],
        publicKeys: PublicKeys? = nil, jwksURI: String? = nil, isDisabled: Bool = false
    ) {
        self.grants = grants
        self.authentication = authentication
        self.apis = apis.sorted { $0.api < $1.api }
        self.publicKeys = publicKeys
        self.jwksURI = jwksURI
        self.isDisabled = isDisabled
    }

    /// The scopes that the client may ask for at an API; nil when it may not use the API.
    package func scopes(at api: String) -> [String]? {
        apis.first { $0.api == api }?.scopes
    }
}

/// A client as it is stored. Its `client_id` is its name.
package struct ClientResource: Sendable, Hashable {
    /// Its name, unique among clients.
    package let name: String
    /// The number of its present revision; it grows by one with every change and never goes back.
    package let revision: Int
    /// What is decided about it.
    package let spec: ClientSpec
    /// SHA-256 of the UTF-8 of its secret, 32 octets; nil when it has none.
    package let secretDigest: [UInt8]?

    /// Makes a stored client.
    package init(name: String, revision: Int, spec: ClientSpec, secretDigest: [UInt8]?) {
        self.name = name
        self.revision = revision
        self.spec = spec
        self.secretDigest = secretDigest
    }
}
