internal import Crypto

/// Public keys on Curve25519 and edwards25519 that give their security away, which the library below accepts.
enum Curve25519Points {
    /// Whether an Ed25519 public key is a point of order 1, 2, 4 or 8, or no canonical encoding.
    ///
    /// A key of low order verifies one signature over every message. The five canonical y of such points follow; the
    /// sign of x does not matter.
    static func isWeakEdwards(_ key: [UInt8]) -> Bool {
        guard key.count == 32 else { return true }
        var y = key
        y[31] &= 0x7F
        return !isBelowPrime(y) || lowOrder.contains(y)
    }

    /// Whether an X25519 public key is of low order: every exchange with it, by whichever private key, gives zero.
    static func isWeakMontgomery(_ key: [UInt8]) throws -> Bool {
        let peer = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: key)
        // The exchange itself fails on some versions of the library below and gives zero on others.
        guard let secret = try? Curve25519.KeyAgreement.PrivateKey().sharedSecretFromKeyAgreement(with: peer) else {
            return true
        }
        return unsafe secret.withUnsafeBytes { unsafe constantTimeIsZero($0) }
    }

    /// Whether a little-endian number is below 2^255 - 19.
    private static func isBelowPrime(_ y: [UInt8]) -> Bool {
        guard y[31] == 0x7F, y[1..<31].allSatisfy({ $0 == 0xFF }) else { return true }
        return y[0] < 0xED
    }

    private static let lowOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),  // order 4
        [1] + [UInt8](repeating: 0, count: 31),  // order 1
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],  // order 2
        // order 8, twice: negating y gives the other
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]
}
