/// The outcome of a decryption.
///
/// It says that the token was made for the key. Who made it, it does not say, unless the key is a shared secret: what
/// was encrypted to a public key can come from anybody.
public struct DecryptedJWE: Sendable {
    /// The plaintext.
    public let plaintext: [UInt8]

    /// The protected header.
    public let header: JSONObject

    /// The members of the recipient's header that nothing protects.
    public let unprotectedHeader: JSONObject

    /// The further data that the encryption authenticates (`aad`), or nil if there is none.
    public let additionalData: [UInt8]?

    /// The name of the key that opened it.
    public let keyID: String?

    /// The way of key management.
    public let algorithm: KeyManagementAlgorithm

    /// The content encryption; nil where the way of key management encrypts the content itself (`isIntegrated`).
    public let contentEncryption: ContentEncryptionAlgorithm?

    /// Whether the plaintext was compressed.
    public let isCompressed: Bool

    init(
        plaintext: [UInt8], header: JSONObject, keyID: String?, algorithm: KeyManagementAlgorithm,
        contentEncryption: ContentEncryptionAlgorithm?
    ) {
        self.plaintext = plaintext
        self.header = header
        unprotectedHeader = JSONObject()
        additionalData = nil
        self.keyID = keyID
        self.algorithm = algorithm
        self.contentEncryption = contentEncryption
        isCompressed = false
    }

    init(
        plaintext: [UInt8], header: JOSEHeader, additionalData: [UInt8]?, keyID: String?,
        algorithm: KeyManagementAlgorithm, contentEncryption: ContentEncryptionAlgorithm?, isCompressed: Bool
    ) {
        self.plaintext = plaintext
        self.header = header.protected
        unprotectedHeader = header.unprotected
        self.additionalData = additionalData
        self.keyID = keyID
        self.algorithm = algorithm
        self.contentEncryption = contentEncryption
        self.isCompressed = isCompressed
    }
}
