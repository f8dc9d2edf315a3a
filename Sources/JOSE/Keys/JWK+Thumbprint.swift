internal import Crypto

/// A hash for thumbprints. The raw value is its name in IANA's registry of named information hashes.
public enum ThumbprintHash: String, Sendable, CaseIterable {
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"
}

extension JWK {
    /// The thumbprint of RFC 7638, in base64url; of a key of type AKP by the members that RFC 9964 section 6 names.
    ///
    /// Of an oct key it is a digest of the secret: never a name for the key.
    public func thumbprint(_ hash: ThumbprintHash = .sha256) -> String {
        var members = requiredPublicMembers
        if case .symmetric(let k) = material { members.append(("k", Base64URL.encode(k.copied()))) }
        // Lexicographic order, no white space: what RFC 7638 section 3.3 hashes. The values need no escapes.
        let text = "{" + members.sorted { $0.0 < $1.0 }.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",") + "}"
        let octets = [UInt8](text.utf8)
        return switch hash {
        case .sha256: Base64URL.encode([UInt8](SHA256.hash(data: octets)))
        case .sha384: Base64URL.encode([UInt8](SHA384.hash(data: octets)))
        case .sha512: Base64URL.encode([UInt8](SHA512.hash(data: octets)))
        }
    }

    /// The thumbprint as a URI (RFC 9278): `urn:ietf:params:oauth:jwk-thumbprint:sha-256:…`.
    public func thumbprintURI(_ hash: ThumbprintHash = .sha256) -> String {
        "urn:ietf:params:oauth:jwk-thumbprint:\(hash.rawValue):\(thumbprint(hash))"
    }
}
