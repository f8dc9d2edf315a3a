internal import Crypto

/// A key of HMAC with the key's own two blocks hashed already, which is half the cost of a short message.
enum MACKey: Sendable {
    case sha256(HMAC<SHA256>)
    case sha384(HMAC<SHA384>)
    case sha512(HMAC<SHA512>)

    /// - Throws: `key-invalid` if the key is shorter than the hash (RFC 7518 section 3.2).
    init(_ secret: SecretBytes, algorithm: SignatureAlgorithm) throws(JOSEError) {
        guard secret.count >= algorithm.digestBytes else {
            throw KeyMaterial.invalid("expected at least \(algorithm.digestBytes) octets, got \(secret.count)")
        }
        let key = secret.symmetricKey
        switch algorithm {
        case .hs256: self = .sha256(HMAC(key: key))
        case .hs384: self = .sha384(HMAC(key: key))
        case .hs512: self = .sha512(HMAC(key: key))
        default: throw JOSEError(.keyMismatch, "a symmetric key does not go with \(algorithm.rawValue)")
        }
    }

    /// The code of a message.
    func code(of message: UnsafeRawBufferPointer) -> [UInt8] {
        switch self {
        case .sha256(let keyed): unsafe [UInt8](Self.code(keyed, message))
        case .sha384(let keyed): unsafe [UInt8](Self.code(keyed, message))
        case .sha512(let keyed): unsafe [UInt8](Self.code(keyed, message))
        }
    }

    /// Whether `code` is the code of a message, compared in constant time.
    func isValid(_ code: Span<UInt8>, for message: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .sha256(let keyed): unsafe Self.matches(Self.code(keyed, message), code)
        case .sha384(let keyed): unsafe Self.matches(Self.code(keyed, message), code)
        case .sha512(let keyed): unsafe Self.matches(Self.code(keyed, message), code)
        }
    }

    @inline(__always)
    private static func code<Hash>(_ keyed: HMAC<Hash>, _ message: UnsafeRawBufferPointer) -> HMAC<Hash>.MAC {
        var keyed = keyed
        unsafe keyed.update(data: message)
        return keyed.finalize()
    }

    @inline(__always)
    private static func matches<Hash>(_ mac: HashedAuthenticationCode<Hash>, _ code: Span<UInt8>) -> Bool {
        unsafe mac.withUnsafeBytes { expected in
            unsafe code.withUnsafeBytes { unsafe constantTimeEquals(expected, $0) }
        }
    }
}
