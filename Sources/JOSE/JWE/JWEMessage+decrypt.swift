extension JWEMessage {
    /// Decrypts as one of its recipients, with a key that policy has already allowed.
    /// - Throws: `base64url-invalid`, `header-invalid`, `decryption-failed`.
    func decrypt(
        _ recipient: Recipient, _ key: DecryptionKey, _ content: ContentEncryptionAlgorithm, _ limits: TokenLimits
    ) throws(JOSEError) -> [UInt8] {
        let parameters = try recipient.parameters(limits)
        guard let contentKey = try key.contentKey(parameters, encryptedKey: recipient.encryptedKey, for: content),
            let plaintext = try ContentCipher.open(text.span, parts, with: contentKey, content)
        else { throw .decryptionFailed }
        return [UInt8](plaintext)
    }
}
