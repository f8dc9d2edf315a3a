package import JOSE
package import KeyManagement

/// How the access tokens of an API are made and opened.
package struct TokenPolicy: Hashable, Sendable {
    /// A proven combination of algorithms; each part can also be set alone.
    package enum Profile: String, Sendable, CaseIterable {
        /// ECDH-ES on X25519 and A256GCM around ES256.
        case asymmetric
        /// A256KW and A256GCM around HS256, with keys of this API alone; the quickest to open.
        case symmetric
        /// RSA-OAEP-256 and A256GCM around ES256, both keys in a device that they never leave: each use of them is a call.
        case kms
        /// As asymmetric, with keys of short life that a device seals: a process asks it once for each key.
        case kmsSealed = "kms-sealed"
    }

    /// Who can open the token.
    package enum Recipient: String, Sendable, CaseIterable {
        /// The gateways: the key is Signet's.
        case gateway
    }

    /// What the token is bound to besides its bearer.
    package enum Binding: String, Sendable, CaseIterable {
        /// Nothing: whoever has it can use it.
        case none
    }

    /// The profile that gave the defaults.
    package var profile: Profile
    /// The algorithm of the inner signature (or MAC).
    package var signing: SignatureAlgorithm
    /// The algorithm of the outer key management.
    package var encryption: KeyManagementAlgorithm
    /// The curve of the encryption key, for ECDH-ES only: X25519, P-256, P-384 or P-521.
    package var curve: String?
    /// The algorithm of the content encryption.
    package var content: ContentEncryptionAlgorithm
    /// How long a token lives, 1 s to 24 h, in whole seconds.
    package var lifetime: ResourceDuration
    /// Who can open it.
    package var recipient: Recipient
    /// What it is bound to.
    package var binding: Binding

    /// The profile's algorithms with a lifetime of 5 minutes.
    package init(profile: Profile = .asymmetric) {
        self.profile = profile
        switch profile {
        case .asymmetric, .kmsSealed:
            signing = .es256
            encryption = .ecdhES
            curve = Self.defaultCurve
        case .symmetric:
            signing = .hs256
            encryption = .a256KW
            curve = nil
        case .kms:
            signing = .es256
            encryption = .rsaOAEP256
            curve = nil
        }
        content = .a256GCM
        lifetime = .seconds(300)
        recipient = .gateway
        binding = .none
    }

    /// The bounds of ``lifetime``.
    package static let lifetimes = ResourceDuration.seconds(1)...ResourceDuration.seconds(86_400)

    /// The longest `scope` claim, in octets: a token must fit into a request's head.
    package static let maximumScopeBytes = 4096

    static let defaultCurve = "X25519"
    /// The curves of ECDH-ES keys.
    package static let curves = ["X25519", "X448", "P-256", "P-384", "P-521"]
}

extension TokenPolicy {
    /// The ring that signs this API's tokens: the issuer's, or for MACs the API's own.
    package func signingRing(api: String) -> RingSpec {
        if signing.isSymmetric {
            RingSpec(owner: .api(api), purpose: .mac, algorithm: signing.rawValue, custody: custody)
        } else {
            RingSpec(owner: .issuer, purpose: .accessSigning, algorithm: signing.rawValue, custody: custody)
        }
    }

    /// Where the private halves of its keys are.
    private var custody: KeyCustody {
        switch profile {
        case .asymmetric, .symmetric: .local
        case .kms: .device
        case .kmsSealed: .deviceSealed
        }
    }

    /// The ring that this API's tokens are encrypted to; always the API's own.
    ///
    /// With `dir` the key is used by the content encryption itself, so the ring's algorithm is that one's (as the `alg`
    /// of such a JWK in RFC 7520 section 5.6).
    package func encryptionRing(api: String) -> RingSpec {
        RingSpec(
            owner: .api(api), purpose: .encryption,
            algorithm: encryption == .dir ? content.rawValue : encryption.rawValue, curve: curve, custody: custody)
    }
}
