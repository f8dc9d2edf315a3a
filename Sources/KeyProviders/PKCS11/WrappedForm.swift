import KeyManagement

/// A secret wrapped by a key of a token: a version octet, the nonce, the ciphertext with its tag.
struct WrappedForm: Hashable, Sendable {
    static let version: UInt8 = 1
    /// The longest secret.
    static let mostSecretOctets = 64

    let nonce: [UInt8]
    let ciphertext: [UInt8]

    init(nonce: [UInt8], ciphertext: [UInt8]) {
        self.nonce = nonce
        self.ciphertext = ciphertext
    }

    /// - Throws: `provider-refused` for octets that are none.
    init(_ octets: [UInt8]) throws(ProviderError) {
        guard let version = octets.first, version == Self.version else {
            throw ProviderError(
                .refused,
                "expected the wrapped form of version \(Self.version), found "
                    + (octets.first.map { "version \($0)" } ?? "nothing"))
        }
        let body = octets.dropFirst()
        let least = CryptokiModule.nonceCount + CryptokiModule.tagCount
        guard body.count > least, body.count <= least + Self.mostSecretOctets else {
            throw ProviderError(.refused, "the wrapped form has \(octets.count) octets: it was cut or changed")
        }
        nonce = Array(body.prefix(CryptokiModule.nonceCount))
        ciphertext = Array(body.dropFirst(CryptokiModule.nonceCount))
    }

    var octets: [UInt8] { [Self.version] + nonce + ciphertext }
}
