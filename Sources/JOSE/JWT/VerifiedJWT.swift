/// A token whose signature holds and whose claims meet a policy. Only `JWT.verify` and `JWT.open` make one.
public struct VerifiedJWT: Sendable {
    /// The claims.
    public let claims: JWTClaims

    /// The protected header of the signed token.
    public let header: JSONObject

    /// The name of the key that verified it.
    public let keyID: String?

    /// The algorithm of the signature.
    public let algorithm: SignatureAlgorithm

    /// The encryption around the signed token, or nil if there is none.
    public let encryption: EncryptedLayer?

    init(_ claims: JWTClaims, _ verified: VerifiedJWS, within outer: DecryptedJWE?) {
        self.claims = claims
        header = verified.header
        keyID = verified.keyID
        algorithm = verified.algorithm
        encryption = outer.map(EncryptedLayer.init)
    }

    /// What the token is made of, from the outside to the inside.
    public var layers: [TokenLayer] {
        (encryption.map { [.encrypted($0)] } ?? []) + [.signed(header: header, keyID: keyID, algorithm: algorithm)]
    }
}

/// One layer of a token.
public enum TokenLayer: Sendable {
    /// A JWE around what follows.
    case encrypted(EncryptedLayer)
    /// A JWS around the claims.
    case signed(header: JSONObject, keyID: String?, algorithm: SignatureAlgorithm)
}

/// How a token was encrypted.
public struct EncryptedLayer: Sendable {
    /// The protected header.
    public let header: JSONObject

    /// The name of the key that opened it.
    public let keyID: String?

    /// The way of key management.
    public let algorithm: KeyManagementAlgorithm

    /// The content encryption; nil where the way of key management encrypts the content itself (`isIntegrated`).
    public let contentEncryption: ContentEncryptionAlgorithm?

    init(_ decrypted: DecryptedJWE) {
        header = decrypted.header
        keyID = decrypted.keyID
        algorithm = decrypted.algorithm
        contentEncryption = decrypted.contentEncryption
    }
}
