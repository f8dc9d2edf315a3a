internal import Crypto

extension JWK {
    /// The members. Without `includingPrivate` those of the public half only, which of an oct key leaves `kty` and
    /// what describes it.
    public func object(includingPrivate: Bool) -> JSONObject {
        var object = JSONObject()
        object["kty"] = .string(keyType)
        for (name, value) in requiredPublicMembers where name != "kty" { object[name] = .string(value) }
        if let kid { object["kid"] = .string(kid) }
        if let use { object["use"] = .string(use) }
        if let algorithm { object["alg"] = .string(algorithm) }
        if let keyOperations { object["key_ops"] = .array(keyOperations.map { .string($0) }) }
        for (name, value) in others { object[name] = value }
        if includingPrivate {
            for (name, secret) in secretMembers { object[name] = .string(Base64URL.encode(secret.copied())) }
        }
        return object
    }

    /// The text of the key, its secrets included.
    public func serialized(includingPrivate: Bool) -> [UInt8] {
        object(includingPrivate: includingPrivate).serialized()
    }

    /// The SHA-256 thumbprint of RFC 7638, in base64url.
    ///
    /// Of an oct key it is a digest of the secret: never a name for the key.
    public func thumbprint() -> String {
        var members = requiredPublicMembers
        if case .symmetric(let k) = material { members.append(("k", Base64URL.encode(k.copied()))) }
        // Lexicographic order, no white space: what RFC 7638 section 3.3 hashes. The values need no escapes.
        let text = "{" + members.sorted { $0.0 < $1.0 }.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",") + "}"
        return Base64URL.encode([UInt8](SHA256.hash(data: [UInt8](text.utf8))))
    }

    private var requiredPublicMembers: [(String, String)] {
        switch material {
        case .symmetric:
            [("kty", "oct")]
        case .elliptic(let curve, let x, let y, _):
            [("kty", "EC"), ("crv", curve.rawValue), ("x", Base64URL.encode(x)), ("y", Base64URL.encode(y))]
        case .octetPair(let curve, let x, _):
            [("kty", "OKP"), ("crv", curve.rawValue), ("x", Base64URL.encode(x))]
        case .rsa(let numbers):
            [("kty", "RSA"), ("n", Base64URL.encode(numbers.n)), ("e", Base64URL.encode(numbers.e))]
        }
    }

    private var secretMembers: [(String, SecretBytes)] {
        switch material {
        case .symmetric(let k): return [("k", k)]
        case .elliptic(_, _, _, let d): return d.map { [("d", $0)] } ?? []
        case .octetPair(_, _, let d): return d.map { [("d", $0)] } ?? []
        case .rsa(let numbers):
            guard let secret = numbers.secret else { return [] }
            return [
                ("d", secret.d), ("p", secret.p), ("q", secret.q), ("dp", secret.dp), ("dq", secret.dq),
                ("qi", secret.qi),
            ]
        }
    }
}
