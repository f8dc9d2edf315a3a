internal import Crypto
internal import FoundationEssentials

/// HPKE's key and nonce of the one message of a base-mode context, by SHAKE256: the key schedule for KDFs of one stage
/// (draft-ietf-hpke-hpke-03 section 5.1), for MLKEM768-X25519, SHAKE256 and AES-256-GCM.
struct OneStageKeySchedule {
    private let key: SymmetricKey
    private let nonce: AES.GCM.Nonce

    /// `HPKE-v1`, and the suite by the numbers that IANA gave its three parts.
    private static let version = [UInt8]("HPKE-v1".utf8)
    private static let suite = [UInt8]("HPKE".utf8) + [0x64, 0x7A, 0x00, 0x11, 0x00, 0x02]

    private static let keyBytes = 32
    private static let nonceBytes = 12
    /// Octets of the secret for exports, which follows the nonce. Nothing is exported; the number is hashed all the same.
    private static let exporterBytes = 64

    /// - Parameters:
    ///   - secret: what the key encapsulation gave.
    ///   - info: at most 65,535 octets.
    /// - Throws: `operation-failed`.
    init(_ secret: SymmetricKey, info: [UInt8]) throws {
        guard info.count <= Int(UInt16.max) else { throw JOSEError(.operationFailed, "the info of HPKE is too long") }
        let total = Self.keyBytes + Self.nonceBytes + Self.exporterBytes
        // No pre-shared key and no name of one; the mode is base.
        let head = Self.number(0) + Self.number(secret.bitCount / 8)
        let label = Self.number(6) + [UInt8]("secret".utf8) + Self.number(total)
        let tail = Self.version + Self.suite + label + [0] + Self.number(0) + Self.number(info.count) + info
        let input = unsafe secret.withUnsafeBytes { secret in
            unsafe SecretStorage(count: head.count + secret.count + tail.count) { target in
                unsafe target[..<head.count].copyBytes(from: head)
                unsafe target[head.count..<(head.count + secret.count)].copyBytes(from: secret)
                unsafe target[(head.count + secret.count)...].copyBytes(from: tail)
            }
        }
        let count = Self.keyBytes + Self.nonceBytes
        guard let derived = SHAKE256.hash(SecretBytes(storage: input), count: count) else {
            throw JOSEError(.operationFailed, "the keys of HPKE could not be derived")
        }
        (key, nonce) = try unsafe derived.withUnsafeBytes { octets in
            let key = unsafe SymmetricKey(data: UnsafeRawBufferPointer(rebasing: octets[..<Self.keyBytes]))
            let nonce = try unsafe AES.GCM.Nonce(data: UnsafeRawBufferPointer(rebasing: octets[Self.keyBytes...]))
            return (key, nonce)
        }
    }

    func seal(_ plaintext: UnsafeRawBufferPointer, authenticating aad: [UInt8]) throws -> [UInt8] {
        let box = try unsafe AES.GCM.seal(plaintext, using: key, nonce: nonce, authenticating: aad)
        return [UInt8](box.ciphertext) + [UInt8](box.tag)
    }

    /// The plaintext, or nil.
    func open(_ ciphertext: [UInt8], authenticating aad: [UInt8]) -> Data? {
        guard ciphertext.count >= 16,
            let box = try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: ciphertext.dropLast(16), tag: ciphertext.suffix(16))
        else { return nil }
        return try? AES.GCM.open(box, using: key, authenticating: aad)
    }

    /// A number in two octets.
    private static func number(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}
