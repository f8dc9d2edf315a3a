/// A JWS taken apart, of which nothing has been verified.
struct JWSMessage {
    /// One of its signatures.
    struct Signature {
        /// The protected header as it is signed: encoded, or empty if there is none.
        let encodedHeader: [UInt8]
        let header: JOSEHeader
        let octets: [UInt8]
    }

    let signatures: [Signature]

    /// The payload as it is signed.
    let signedPayload: [UInt8]

    /// Whether the payload is signed as base64url, as it is unless `b64` says otherwise.
    let isEncoded: Bool

    /// Takes a token apart.
    /// - Parameter detached: the payload, if it came by another way (RFC 7515 appendix F).
    /// - Throws: `token-too-large`, `token-malformed`, `base64url-invalid`, `json-invalid`, `json-duplicate-member`,
    ///   `header-invalid`, `header-unprotected`.
    init(
        _ token: Span<UInt8>, _ serialization: TokenSerialization, detached: [UInt8]?, limits: TokenLimits
    ) throws(JOSEError) {
        if let detached { try limits.check(detached.span) }
        let payload: [UInt8]?
        switch serialization {
        case .compact:
            let parts: CompactJWSParts
            (parts, signatures) = try Self.compact(token, limits)
            payload = token.extracting(parts.payload).copied()
        case .flattened:
            let object = try JSONObject(token: token, limits: limits)
            try object.refuseTokenMembers(["signatures", "ciphertext"])
            signatures = [try Self.signature(object, limits)]
            payload = try object.tokenText("payload", mayBeEmpty: true)
        case .general:
            let object = try JSONObject(token: token, limits: limits)
            try object.refuseTokenMembers(["signature", "protected", "header", "ciphertext"])
            signatures = try object.tokenElements("signatures", limits: limits).map { (element) throws(JOSEError) in
                try Self.signature(element, limits)
            }
            payload = try object.tokenText("payload", mayBeEmpty: true)
        }
        isEncoded = try Self.isEncoded(signatures)
        signedPayload = try Self.payload(payload, detached, serialization, isEncoded)
    }

    /// The payload as the application wants it.
    /// - Throws: `base64url-invalid`.
    func payload() throws(JOSEError) -> [UInt8] {
        isEncoded ? try Base64URL.decode(signedPayload.span) : signedPayload
    }
}

extension JWSMessage {
    private static func compact(
        _ token: Span<UInt8>, _ limits: TokenLimits
    ) throws(JOSEError) -> (CompactJWSParts, [Signature]) {
        try limits.check(token)
        let parts = try CompactJWSParts(token)
        let encoded = token.extracting(parts.header)
        let header = try ProtectedHeader(encoded: encoded, limits: limits).object
        let signature = Signature(
            encodedHeader: encoded.copied(),
            header: try JOSEHeader(protected: header),
            octets: try Base64URL.decode(token.extracting(parts.signature))
        )
        return (parts, [signature])
    }

    private static func signature(_ object: JSONObject, _ limits: TokenLimits) throws(JOSEError) -> Signature {
        let encoded = try object.tokenText("protected")
        let header = try JOSEHeader(
            protected: try JSONObject.tokenProtected(encoded, limits: limits),
            own: try object.tokenHeader("header", limits: limits)
        )
        guard let signature = try object.tokenText("signature") else {
            throw JSONObject.malformed("expected signature")
        }
        return Signature(
            encodedHeader: encoded ?? [], header: header, octets: try Base64URL.decode(signature.span)
        )
    }

    /// What `b64` says, which all signatures have to say alike (RFC 7797 section 3).
    private static func isEncoded(_ signatures: [Signature]) throws(JOSEError) -> Bool {
        var answer: Bool?
        for signature in signatures {
            let isEncoded = try b64(signature.header.protected)
            guard answer == nil || answer == isEncoded else {
                throw JOSEError(.headerInvalid, "the signatures differ in b64")
            }
            answer = isEncoded
        }
        return answer ?? true
    }

    private static func b64(_ header: JSONObject) throws(JOSEError) -> Bool {
        guard let value = header["b64"] else { return true }
        guard let isEncoded = value.boolValue else {
            throw JOSEError(.headerInvalid, "expected b64 to be true or false")
        }
        // A reader that does not know b64 would check something else than what was signed (RFC 7797 section 6).
        guard isEncoded || header["crit"]?.arrayValue?.contains(.string("b64")) == true else {
            throw JOSEError(.headerInvalid, "b64 is false and crit does not name it")
        }
        return isEncoded
    }

    private static func payload(
        _ carried: [UInt8]?, _ detached: [UInt8]?, _ serialization: TokenSerialization, _ isEncoded: Bool
    ) throws(JOSEError) -> [UInt8] {
        if let detached {
            guard carried == nil || (serialization == .compact && carried?.isEmpty == true) else {
                throw JSONObject.malformed("expected a token without a payload of its own")
            }
            return isEncoded ? [UInt8](Base64URL.encode(detached).utf8) : detached
        }
        guard let carried else { throw JSONObject.malformed("expected payload") }
        guard isEncoded || serialization != .compact || Self.isCompactPayload(carried) else {
            throw JSONObject.malformed("the payload has what a compact form can't carry")
        }
        return carried
    }

    /// Whether a payload can stand unencoded between dots: printable ASCII without dots (RFC 7797 section 5.2).
    static func isCompactPayload(_ payload: [UInt8]) -> Bool {
        payload.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ".") }
    }
}
