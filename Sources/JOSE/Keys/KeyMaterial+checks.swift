extension KeyMaterial {
    /// Reads and checks the members that `kty` names.
    /// - Throws: `key-invalid`.
    init(_ object: JSONObject) throws(JOSEError) {
        self = try KeyMaterial(unchecked: object).checked()
    }

    /// The key, if its numbers are one.
    /// - Throws: `key-invalid`.
    func checked() throws(JOSEError) -> KeyMaterial {
        switch self {
        case .symmetric: return self
        case .elliptic(let curve, let x, let y, let d): return try Self.checked(curve, x: x, y: y, d: d)
        case .octetPair(let curve, let x, let d): return try Self.checked(curve, x: x, d: d)
        case .rsa(let numbers): return .rsa(try RSANumbers(checking: numbers))
        case .algorithmPair(let algorithm, let pub, let seed):
            return try Self.checked(algorithm, pub: pub, seed: seed)
        }
    }
}
