extension JWSMessage {
    /// Whether a signature is the key's.
    func isValid(_ signature: Signature, _ key: VerificationKey) -> Bool {
        var input: [UInt8] = []
        input.reserveCapacity(signature.encodedHeader.count + 1 + signedPayload.count)
        input += signature.encodedHeader
        input.append(UInt8(ascii: "."))
        input += signedPayload
        return key.isValid(signature.octets, for: input.span)
    }
}
