/// A JSON Web Key (RFC 7517): oct, EC P-256/384/521/secp256k1, OKP Ed25519/Ed448/X25519/X448, RSA, or AKP
/// (ML-DSA-65/87, HPKE-9).
///
/// Parsing checks the key itself: points on their curves, private halves that belong to public halves, sizes, low
/// order. What the key may be used for is checked when a typed key (`SigningKey`, `DecryptionKey` …) is made of it.
/// Secrets are wiped with the last copy and never printed.
public struct JWK: Sendable {
    let material: KeyMaterial

    /// `kid`: an opaque name of at most 512 octets.
    public let kid: String?

    /// `alg`: the one algorithm the key may be used with.
    public let algorithm: String?

    /// `use`: `sig`, `enc` or another word, which allows neither.
    public let use: String?

    /// `key_ops`: the operations that the key may be used for.
    public let keyOperations: [String]?

    /// The members that this library gives no meaning to, in order. Never a secret.
    let others: JSONObject

    /// The longest `kid`, in octets.
    public static let maximumKeyIDBytes = 512

    /// Reads a key whose numbers nothing has checked; see `KeyMaterial.init(unchecked:)`.
    /// - Throws: `key-invalid`.
    init(unchecked object: JSONObject) throws(JOSEError) {
        material = try KeyMaterial(unchecked: object)
        kid = try Self.text("kid", of: object)
        algorithm = try Self.text("alg", of: object)
        use = try Self.text("use", of: object)
        keyOperations = try Self.operations(of: object)
        if let kid, !(1...Self.maximumKeyIDBytes).contains(kid.utf8.count) {
            throw KeyMaterial.invalid("expected a kid of 1 to \(Self.maximumKeyIDBytes) octets")
        }
        var others = object
        for name in Self.knownNames { others[name] = nil }
        self.others = others
    }

    init(
        material: KeyMaterial, kid: String?, algorithm: String?, use: String?, keyOperations: [String]? = nil,
        others: JSONObject = JSONObject()
    ) {
        self.material = material
        self.kid = kid
        self.algorithm = algorithm
        self.use = use
        self.keyOperations = keyOperations
        self.others = others
    }

    /// `kty`: `oct`, `EC`, `OKP`, `RSA` or `AKP`.
    public var keyType: String { material.keyType }

    /// `crv`: `P-256`, `P-384`, `P-521`, `secp256k1`, `Ed25519`, `Ed448`, `X25519` or `X448`; nil for oct, RSA and AKP.
    public var curve: String? { material.curve?.rawValue }

    /// Whether the key holds a secret: a private half, or a symmetric key.
    public var isPrivate: Bool { material.isPrivate }

    /// The public half, with `key_ops` turned round; nil for oct, which has none.
    public func publicJWK() -> JWK? {
        guard let publicHalf = material.publicHalf else { return nil }
        return JWK(
            material: publicHalf,
            kid: kid,
            algorithm: algorithm,
            use: use,
            keyOperations: isPrivate ? keyOperations.map(Self.publicOperations) : keyOperations,
            others: others
        )
    }

    private static let knownNames = [
        "kty", "crv", "x", "y", "d", "k", "n", "e", "p", "q", "dp", "dq", "qi", "oth", "pub", "priv", "kid", "alg",
        "use",
        "key_ops",
    ]

    private static func text(_ name: String, of object: JSONObject) throws(JOSEError) -> String? {
        guard let value = object[name] else { return nil }
        guard let text = value.stringValue else { throw KeyMaterial.invalid("expected \(name) to be a string") }
        return text
    }

    private static func operations(of object: JSONObject) throws(JOSEError) -> [String]? {
        guard let value = object["key_ops"] else { return nil }
        guard let elements = value.arrayValue else { throw KeyMaterial.invalid("expected key_ops to be an array") }
        var operations: [String] = []
        for element in elements {
            guard let name = element.stringValue else { throw KeyMaterial.invalid("expected strings in key_ops") }
            guard !operations.contains(name) else { throw KeyMaterial.invalid("key_ops names an operation twice") }
            operations.append(name)
        }
        return operations
    }

    private static func publicOperations(_ operations: [String]) -> [String] {
        operations.compactMap { operation in
            switch operation {
            case "sign", "verify": "verify"
            case "decrypt", "encrypt": "encrypt"
            case "unwrapKey", "wrapKey": "wrapKey"
            default: nil
            }
        }.reduce(into: []) { kept, name in if !kept.contains(name) { kept.append(name) } }
    }
}

extension JWK: Equatable {
    /// Keys are equal when all their members are, the secret ones included.
    public static func == (left: JWK, right: JWK) -> Bool {
        left.object(includingPrivate: true) == right.object(includingPrivate: true)
    }
}

extension JWK: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Key type, curve and kid; nothing of the key itself.
    public var description: String {
        "JWK(\(keyType)\(curve.map { " \($0)" } ?? "")\(isPrivate ? ", private" : "")\(kid.map { ", kid \($0)" } ?? ""))"
    }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Hides the members from `dump` and from interpolation by reflection.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
