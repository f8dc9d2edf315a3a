@testable import JOSE

/// JWS in every serialization, up to its signatures: a text is a token in one form only, what is signed is what was
/// written, and the way for header fields agrees with the way for everything.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = TokenInput(unsafe octets(data, count), partCount: 3)
    if let text = input.compact { checkCompact(text) }
    if let text = input.json { checkJSON(text) }
    return 0
}

private func read(
    _ text: [UInt8], _ serialization: TokenSerialization, detached: [UInt8]? = nil, limits: TokenLimits = .default
) -> JWSMessage? {
    accepted(refusals) { () throws(JOSEError) in
        try JWSMessage(text.span, serialization, detached: detached, limits: limits)
    }
}

private func checkCompact(_ text: [UInt8]) {
    let fast = readFast(text)
    guard let message = read(text, .compact) else { return }
    let dot = UInt8(ascii: ".")
    let written = message.signatures.flatMap { signature in
        signature.encodedHeader + [dot] + message.signedPayload + [dot]
            + [UInt8](Base64URL.encode(signature.octets).utf8)
    }
    require(written == text, "the parts are the whole token")
    require(read(text, .flattened) == nil && read(text, .general) == nil, "a compact token is no JSON")
    require(read(text, .compact, limits: limitsBelow(text)) == nil, "a token beyond the limit is refused")
    if !message.signedPayload.isEmpty {
        require(read(text, .compact, detached: [1]) == nil, "a token has one payload")
    }
    check(message)
    guard let fast else { return }
    let header = message.signatures[0].header
    require(message.isEncoded, "the way for header fields knows no b64")
    require(header.algorithm == fast.algorithmName && header.keyID == fast.kid, "both ways read the same header")
    require(judge(header) == fast.algorithmName, "a policy that allows everything allows what the fast way does")
}

/// The way of tokens in header fields.
private func readFast(_ text: [UInt8]) -> JWSHeader? {
    accepted(refusals.union(policyRefusals)) { () throws(JOSEError) in
        let parts = try CompactJWSParts(text.span)
        return try JWSHeader(ProtectedHeader(encoded: text.span.extracting(parts.header), limits: .default))
    }
}

private func checkJSON(_ text: [UInt8]) {
    let flattened = read(text, .flattened)
    let general = read(text, .general)
    require(flattened == nil || general == nil, "a text is a token in one form only")
    require((flattened ?? general) == nil || read(text, .compact) == nil, "a token in JSON is not compact")
    guard let message = flattened ?? general else { return }
    let form: TokenSerialization = flattened == nil ? .general : .flattened
    require(read(text, form, limits: limitsBelow(text)) == nil, "a token beyond the limit is refused")
    require(read(text, form, detached: [1]) == nil, "a token has one payload")
    check(message)
    guard let object = try? JSONObject(token: text.span, limits: .default),
        let again = read(object.serialized(), form)
    else { return require(false, "what is written is read") }
    require(again.signedPayload == message.signedPayload && again.isEncoded == message.isEncoded, "the same payload")
    require(again.signatures.count == message.signatures.count, "the same signatures")
    for (one, other) in zip(again.signatures, message.signatures) {
        require(one.header == other.header && one.octets == other.octets, "the same signature")
        require(one.encodedHeader == other.encodedHeader, "the same signed header")
    }
}

private func check(_ message: JWSMessage) {
    require((1...TokenLimits.default.signers).contains(message.signatures.count), "signatures keep their bounds")
    for signature in message.signatures {
        let header = signature.header
        let isEncoded = header.protected["b64"]?.boolValue ?? true
        require(isEncoded == message.isEncoded, "all signatures cover one payload")
        for name in header.unprotected.names { require(header.protected[name] == nil, "a name has one place") }
        require(["crit", "b64", "zip"].allSatisfy { header.unprotected[$0] == nil }, "extensions are protected")
        require(!signature.encodedHeader.isEmpty || header.protected.isEmpty, "nothing unsigned is protected")
        _ = judge(header)
    }
    if let payload = accepted([.base64URLInvalid], { () throws(JOSEError) in try message.payload() }) {
        let signed = message.isEncoded ? [UInt8](Base64URL.encode(payload).utf8) : payload
        require(signed == message.signedPayload, "what the application gets is what was signed")
    }
}

private func judge(_ header: JOSEHeader) -> String? {
    let policy = SignaturePolicy(algorithms: Set(SignatureAlgorithm.allCases), trustsUnprotectedAlgorithm: true)
    let name = accepted(policyRefusals) { () throws(JOSEError) in try policy.check(header) }
    require(name == nil || header["crit"]?.arrayValue?.allSatisfy { $0 == "b64" } ?? true, "unknown extensions stop")
    return name
}
