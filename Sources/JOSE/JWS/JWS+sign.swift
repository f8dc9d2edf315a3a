/// One signature to be made.
public struct JWSSigner: Sendable {
    /// The key, which decides `alg`.
    public var key: SigningKey

    /// Further members of the protected header. `kid` is the key's, unless it is given in either part.
    public var protected: JSONObject

    /// Members that the signature does not cover, for the JSON serializations.
    public var unprotected: JSONObject

    /// The names of protected members that nobody may ignore (`crit`).
    public var critical: [String]

    /// Asks for a signature.
    public init(
        key: SigningKey, protected: JSONObject = JSONObject(), unprotected: JSONObject = JSONObject(),
        critical: [String] = []
    ) {
        self.key = key
        self.protected = protected
        self.unprotected = unprotected
        self.critical = critical
    }

    /// The header that is signed, and that which is not.
    /// - Throws: `header-invalid`, `header-unprotected`.
    func header(isEncoded: Bool) throws(JOSEError) -> JOSEHeader {
        for name in ["alg", "crit", "b64", "zip"] where protected[name] != nil || unprotected[name] != nil {
            throw JOSEError(.headerInvalid, "\(name) can't be given")
        }
        var members: JSONObject = ["alg": .string(key.algorithmName)]
        for (name, value) in protected { members[name] = value }
        if protected["kid"] == nil, unprotected["kid"] == nil, let kid = key.kid { members["kid"] = .string(kid) }
        if !isEncoded { members["b64"] = false }
        let names = critical + (isEncoded ? [] : ["b64"])
        if !names.isEmpty { members["crit"] = .array(names.map { .string($0) }) }
        let understood = CriticalExtensions(critical.map { ($0, { (_, _) in }) })
        try understood.check(members, understandsB64: true)
        return try JOSEHeader(protected: members, own: unprotected)
    }
}

extension JWS {
    /// Signs in any serialization.
    /// - Parameters:
    ///   - signers: the signatures to be made: one for compact and flattened, one or more for general.
    ///   - isDetached: whether the payload is left out, to come to the verifier by another way.
    ///   - isEncoded: false signs the payload as it is (`b64: false`, RFC 7797). In the compact form an attached one
    ///     must then be printable ASCII without dots; in a JSON form it must be text.
    /// - Throws: `header-invalid`, `token-malformed` if the payload or the number of signers does not go with the
    ///   serialization, `operation-failed`.
    public static func sign(
        payload: [UInt8], as serialization: TokenSerialization, signers: [JWSSigner], isDetached: Bool = false,
        isEncoded: Bool = true
    ) throws(JOSEError) -> String {
        guard !signers.isEmpty, signers.count == 1 || serialization == .general else {
            throw JSONObject.malformed("expected one signer, or several and the general serialization")
        }
        let signed = isEncoded ? [UInt8](Base64URL.encode(payload).utf8) : payload
        var signatures: [JSONObject] = []
        for signer in signers {
            signatures.append(try signature(signed, signer, isEncoded, serialization))
        }
        if serialization == .compact {
            let (header, signature) = (signatures[0]["protected"]?.stringValue, signatures[0]["signature"]?.stringValue)
            guard isEncoded || isDetached || JWSMessage.isCompactPayload(payload) else {
                throw JSONObject.malformed("the payload has what a compact form can't carry")
            }
            let carried = isDetached ? "" : String(decoding: signed, as: UTF8.self)
            return "\(header ?? "").\(carried).\(signature ?? "")"
        }
        var token = JSONObject()
        if !isDetached {
            guard let text = String(validating: signed, as: UTF8.self) else {
                throw JSONObject.malformed("expected an unencoded payload to be text")
            }
            token["payload"] = .string(text)
        }
        if serialization == .general {
            token["signatures"] = .array(signatures.map { .object($0) })
        } else {
            for (name, value) in signatures[0] { token[name] = value }
        }
        return String(decoding: token.serialized(), as: UTF8.self)
    }

    private static func signature(
        _ payload: [UInt8], _ signer: JWSSigner, _ isEncoded: Bool, _ serialization: TokenSerialization
    ) throws(JOSEError) -> JSONObject {
        let header = try signer.header(isEncoded: isEncoded)
        guard serialization != .compact || header.unprotected.isEmpty else {
            throw JOSEError(.headerInvalid, "a compact token has no unprotected header")
        }
        let protected = Base64URL.encode(header.protected.serialized())
        var input = [UInt8](protected.utf8)
        input.append(UInt8(ascii: "."))
        input += payload
        var object: JSONObject = ["protected": .string(protected)]
        if !header.unprotected.isEmpty { object["header"] = .object(header.unprotected) }
        object["signature"] = .string(Base64URL.encode(try signer.key.sign(input.span)))
        return object
    }
}
