import JOSE

/// A key that was made and is in no row yet.
struct NewKey: Sendable {
    let kid: String
    /// Nil for symmetric keys.
    let publicJWK: JWK?
    /// What its row will keep, sealed: the private JWK, or where the private half is.
    let secret: SecretBytes
    /// Set when the private half is in a device: to be destroyed there if the key gets no row.
    var deviceKey: DeviceKey?
    /// Set when the row keeps what only a device can open again.
    var opened: ParsedKey?

    init(
        kid: String, publicJWK: JWK?, secret: SecretBytes, deviceKey: DeviceKey? = nil, opened: ParsedKey? = nil
    ) {
        self.kid = kid
        self.publicJWK = publicJWK
        self.secret = secret
        self.deviceKey = deviceKey
        self.opened = opened
    }

    /// A key whose private half the row keeps.
    init(_ jwk: JWK) throws(KeyError) {
        guard let kid = jwk.kid else { throw KeyError(.keyInvalid, "a new key has no kid") }
        self.init(
            kid: kid, publicJWK: jwk.publicJWK(), secret: SecretBytes(wiping: jwk.serialized(includingPrivate: true)))
    }
}
