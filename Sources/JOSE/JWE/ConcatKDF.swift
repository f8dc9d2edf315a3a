internal import Crypto

/// The Concat KDF of NIST SP 800-56A section 5.8.1 with SHA-256, as RFC 7518 section 4.6.2 uses it.
enum ConcatKDF {
    /// Derives a key.
    /// - Parameters:
    ///   - secret: Z, the shared secret.
    ///   - algorithm: AlgorithmID: `enc` for ECDH-ES, `alg` for ECDH-ES with key wrap.
    ///   - apu: PartyUInfo, decoded.
    ///   - apv: PartyVInfo, decoded.
    ///   - keyBytes: octets of the key, at most 64 here.
    static func derive(
        _ secret: UnsafeRawBufferPointer, algorithm: String, apu: [UInt8], apv: [UInt8], keyBytes: Int
    ) -> SymmetricKey {
        var info: [UInt8] = []
        info.reserveCapacity(16 + algorithm.utf8.count + apu.count + apv.count)
        appendWord(UInt32(truncatingIfNeeded: algorithm.utf8.count), to: &info)
        info.append(contentsOf: algorithm.utf8)
        append(apu, to: &info)
        append(apv, to: &info)
        appendWord(UInt32(truncatingIfNeeded: keyBytes * 8), to: &info)

        var derived = [UInt8](repeating: 0, count: keyBytes)
        defer { unsafe derived.withUnsafeMutableBytes { unsafe wipe($0) } }
        var filled = 0
        var round: UInt32 = 1
        while filled < keyBytes {
            var hash = SHA256()
            unsafe withUnsafeBytes(of: round.bigEndian) { unsafe hash.update(bufferPointer: $0) }
            unsafe hash.update(bufferPointer: secret)
            unsafe info.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
            unsafe hash.finalize().withUnsafeBytes { block in
                for index in 0..<min(block.count, keyBytes - filled) {
                    derived[filled + index] = unsafe block[index]
                }
            }
            filled += SHA256.byteCount
            round += 1
        }
        return SymmetricKey(data: derived)
    }

    /// Octets behind their number in 32 bits.
    private static func append(_ octets: [UInt8], to info: inout [UInt8]) {
        appendWord(UInt32(truncatingIfNeeded: octets.count), to: &info)
        info += octets
    }

    private static func appendWord(_ word: UInt32, to info: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { info.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
}
