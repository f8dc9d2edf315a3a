extension JWEMessage {
    /// Decrypts as one of its recipients, with a key that policy has already allowed.
    /// - Throws: `base64url-invalid`, `header-invalid`, `decryption-failed`.
    func decrypt(
        _ recipient: Recipient, _ key: DecryptionKey, _ content: ContentEncryptionAlgorithm?, _ limits: TokenLimits
    ) throws(JOSEError) -> [UInt8] {
        let parameters = try recipient.parameters(limits)
        return [UInt8](try key.open(text.span, parts, parameters, encryptedKey: recipient.encryptedKey, content))
    }
}
