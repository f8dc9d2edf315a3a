/// The outcome of a verification: the payload is what the key's holder signed.
public struct VerifiedJWS: Sendable {
    /// The payload.
    public let payload: [UInt8]

    /// The protected header of the signature that holds; of several that do, the first one's.
    public let header: JSONObject

    /// The members of its header that the signature does not cover.
    public let unprotectedHeader: JSONObject

    /// The name of the key that verified it.
    public let keyID: String?

    /// The algorithm.
    public let algorithm: SignatureAlgorithm

    /// Further signatures of a general JSON serialization that hold with the given keys.
    public let others: [VerifiedSignature]

    init(payload: [UInt8], header: JSONObject, keyID: String?, algorithm: SignatureAlgorithm) {
        self.payload = payload
        self.header = header
        unprotectedHeader = JSONObject()
        self.keyID = keyID
        self.algorithm = algorithm
        others = []
    }

    init(payload: [UInt8], _ first: VerifiedSignature, others: [VerifiedSignature]) {
        self.payload = payload
        header = first.header.protected
        unprotectedHeader = first.header.unprotected
        keyID = first.keyID
        algorithm = first.algorithm
        self.others = others
    }
}

/// A signature that holds, of a message with several.
public struct VerifiedSignature: Sendable {
    /// Its place among the message's signatures, from 0.
    public let index: Int

    /// Its header.
    public let header: JOSEHeader

    /// The name of the key that verified it.
    public let keyID: String?

    /// The algorithm.
    public let algorithm: SignatureAlgorithm
}
