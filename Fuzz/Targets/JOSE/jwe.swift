@testable import JOSE

/// JWE in every serialization, up to its keys: a text means one token, and the way for header fields agrees with the
/// way for everything.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = TokenInput(unsafe octets(data, count), partCount: 5)
    if let text = input.compact { checkCompact(text) }
    if let text = input.json { checkJSON(text) }
    return 0
}

private func read(
    _ text: [UInt8], _ serialization: TokenSerialization, limits: TokenLimits = .default
) -> JWEMessage? {
    accepted(refusals) { () throws(JOSEError) in try JWEMessage(text.span, serialization, limits: limits) }
}

private func checkCompact(_ text: [UInt8]) {
    let fast = readFast(text, isExact: false)
    if let exact = readFast(text, isExact: true) {
        require(exact.algorithm == fast?.algorithm && exact.content == fast?.content, "exactness only refuses")
    }
    guard let message = read(text, .compact) else { return }
    require(message.text == text, "the parts are the whole token")
    require(text.filter { $0 == UInt8(ascii: ".") }.count == 4, "a compact token has five parts")
    require(message.recipients.count == 1 && message.additionalData == nil, "a compact token is for one recipient")
    require(read(text, .flattened) == nil && read(text, .general) == nil, "a compact token is no JSON")
    require(read(text, .compact, limits: limitsBelow(text)) == nil, "a token beyond the limit is refused")
    check(message)
    guard let fast else { return }
    let header = message.recipients[0].header
    require(header.algorithm == fast.algorithm.rawValue, "both ways read the same alg")
    require(header.contentEncryption == fast.content?.rawValue, "both ways read the same enc")
    require(header.keyID == fast.kid, "both ways read the same kid")
}

private struct FastHeader {
    var algorithm: KeyManagementAlgorithm
    /// Nil where the algorithm encrypts the content itself.
    var content: ContentEncryptionAlgorithm?
    var kid: String?
}

/// The way of tokens in header fields, to where a key is asked for.
private func readFast(_ text: [UInt8], isExact: Bool) -> FastHeader? {
    accepted(refusals.union(policyRefusals)) { () throws(JOSEError) in
        let parts = try CompactJWEParts(text.span)
        let protected = try ProtectedHeader(encoded: text.span.extracting(parts.header), limits: .default)
        let header = try JWEHeader(protected, isExact: isExact)
        let kid = try header.kid(protected)
        check(try header.parameters(protected), header.algorithm)
        return FastHeader(algorithm: header.algorithm, content: header.contentEncryption, kid: kid)
    }
}

private func check(_ parameters: KeyManagementParameters, _ algorithm: KeyManagementAlgorithm) {
    require((parameters.ephemeralKey != nil) == algorithm.isKeyAgreement, "epk is there when it is needed")
    require((parameters.iterations > 0) == algorithm.isPasswordBased, "p2c is there when it is needed")
    let isEncapsulated = algorithm.hpkeSuite != nil && !algorithm.isIntegrated
    require(parameters.encapsulatedSecret.isEmpty == !isEncapsulated, "ek is there when it is needed")
    guard let key = parameters.ephemeralKey else { return }
    require(key.curve.isForAgreement, "the curve is one for agreement")
    require(key.x.count == key.curve.coordinateBytes, "x has the curve's size")
    require(key.y.count == (key.curve.isOctetKeyPair ? 0 : key.x.count), "y has the curve's size")
}

private func checkJSON(_ text: [UInt8]) {
    let flattened = read(text, .flattened)
    let general = read(text, .general)
    // A recipient of whom nothing is said is left out of both forms.
    if let flattened, let general { requireSame(flattened, general) }
    require((flattened ?? general) == nil || read(text, .compact) == nil, "a token in JSON is not compact")
    guard let message = flattened ?? general else { return }
    let form: TokenSerialization = flattened == nil ? .general : .flattened
    require(read(text, form, limits: limitsBelow(text)) == nil, "a token beyond the limit is refused")
    check(message)
    guard let object = try? JSONObject(token: text.span, limits: .default),
        let again = read(object.serialized(), form)
    else { return require(false, "what is written is read") }
    requireSame(again, message)
}

private func requireSame(_ again: JWEMessage, _ message: JWEMessage) {
    require(again.text == message.text && again.additionalData == message.additionalData, "the same content")
    require(again.recipients.count == message.recipients.count, "the same recipients")
    for (one, other) in zip(again.recipients, message.recipients) {
        require(one.header == other.header && one.own == other.own, "the same recipient")
        require(one.encryptedKey == other.encryptedKey, "the same encrypted key")
    }
}

private func check(_ message: JWEMessage) {
    require((1...TokenLimits.default.signers).contains(message.recipients.count), "recipients keep their bounds")
    let parts = message.parts
    require(
        parts.nonce.upperBound <= message.text.count && parts.tag.upperBound == message.text.count, "parts lie in it")
    for recipient in message.recipients {
        let header = recipient.header
        for name in header.unprotected.names { require(header.protected[name] == nil, "a name has one place") }
        require(["crit", "b64", "zip"].allSatisfy { header.unprotected[$0] == nil }, "extensions are protected")
        require(header.contentEncryption == message.recipients[0].header.contentEncryption, "all agree on enc")
        judge(recipient)
    }
}

private func judge(_ recipient: JWEMessage.Recipient) {
    let policy = DecryptionPolicy(
        algorithms: Set(KeyManagementAlgorithm.allCases), contentEncryption: ContentEncryptionAlgorithm.all,
        dangerouslyAcceptsCompression: true, trustsUnprotectedAlgorithm: true
    )
    let allowed = accepted(policyRefusals) { () throws(JOSEError) in try policy.check(recipient) }
    let codes = policyRefusals.union([.jsonInvalid])
    let parameters = accepted(codes) { () throws(JOSEError) in try recipient.parameters(.default) }
    guard let allowed, let parameters else { return }
    check(parameters, allowed.algorithm)
    require(recipient.header["crit"] == nil, "every extension is unknown")
    require(parameters.iterations <= policy.limits.pbes2Count, "p2c keeps its bounds")
}
