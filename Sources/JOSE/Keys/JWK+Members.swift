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

    /// `kty` and the members of the public half, in the order in which they are written.
    var requiredPublicMembers: [(String, String)] {
        switch material {
        case .symmetric:
            [("kty", "oct")]
        case .elliptic(let curve, let x, let y, _):
            [("kty", "EC"), ("crv", curve.rawValue), ("x", Base64URL.encode(x)), ("y", Base64URL.encode(y))]
        case .octetPair(let curve, let x, _):
            [("kty", "OKP"), ("crv", curve.rawValue), ("x", Base64URL.encode(x))]
        case .rsa(let numbers):
            [("kty", "RSA"), ("n", Base64URL.encode(numbers.n)), ("e", Base64URL.encode(numbers.e))]
        case .algorithmPair(let algorithm, let pub, _):
            [("kty", "AKP"), ("alg", algorithm.rawValue), ("pub", Base64URL.encode(pub))]
        }
    }

    private var secretMembers: [(String, SecretBytes)] {
        switch material {
        case .symmetric(let k): return [("k", k)]
        case .elliptic(_, _, _, let d): return d.map { [("d", $0)] } ?? []
        case .octetPair(_, _, let d): return d.map { [("d", $0)] } ?? []
        case .rsa(let numbers):
            guard let secret = numbers.secret else { return numbers.loneExponent.map { [("d", $0)] } ?? [] }
            return [
                ("d", secret.d), ("p", secret.p), ("q", secret.q), ("dp", secret.dp), ("dq", secret.dq),
                ("qi", secret.qi),
            ]
        case .algorithmPair(_, _, let seed): return seed.map { [("priv", $0)] } ?? []
        }
    }
}
