internal import CLibcrypto

/// What raw RSA makes of a ciphertext of RSA-OAEP-256, for keys in devices that do RSA and not this padding.
package enum OAEPEncodedMessage {
    /// Octets of the content that is taken: content keys.
    package static let contentBytes = Int(CLIBCRYPTO_LEAST_CONTENT)...Int(CLIBCRYPTO_MOST_CONTENT)

    /// The content, or nil, whatever it is that is wrong: with no branch and no memory access that depends on the message
    /// until all of it has been looked at, since its first octet alone would be an oracle (Manger's attack).
    ///
    /// - Parameter encoded: as many octets as the modulus has, 256 to 1,024.
    package static func content(of encoded: UnsafeRawBufferPointer) -> SecretBytes? {
        var (done, count): (Int32, Int) = (0, 0)
        // The shim reads `encoded.count` octets, and writes the octets that stand in its declaration.
        let content = unsafe SecretStorage(count: Int(CLIBCRYPTO_MOST_CONTENT)) { target in
            guard let octets = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            unsafe done = clibcrypto_oaep_unpad(encoded.octets, encoded.count, octets, &count)
        }
        guard done == 1, count <= content.count else { return nil }
        return unsafe content.withUnsafeBytes { content in
            unsafe SecretBytes(
                storage: SecretStorage(count: count) { target in
                    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: content[0..<count]))
                })
        }
    }
}
