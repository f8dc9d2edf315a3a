/// One combination of algorithms that is measured.
struct TokenForm: Sendable {
    /// What it is called on a command line.
    let name: String
    let signature: String
    let keyManagement: String
    let curve: String?
    /// The bare primitives beside it.
    let primitives: @Sendable () throws -> BarePrimitives

    /// What it is called in a table: a profile by its name, the others by their algorithms.
    var title: String {
        let algorithms = "\(keyManagement)\(curve.map { " " + $0 } ?? ""), A256GCM, \(signature)"
        return Self.profiles.contains(name) ? "\(name): \(algorithms)" : algorithms
    }

    static let profiles = ["asymmetric", "symmetric"]

    static let all = [
        TokenForm("asymmetric", "ES256", "ECDH-ES", "X25519") {
            BarePrimitives(recipient: try .x25519(), signature: .es256())
        },
        TokenForm("symmetric", "HS256", "A256KW") { BarePrimitives(recipient: try .keyWrap(), signature: .hs256()) },
        TokenForm("dir", "HS256", "dir") { BarePrimitives(recipient: .direct(), signature: .hs256()) },
        TokenForm("p256-es256", "ES256", "ECDH-ES", "P-256") {
            BarePrimitives(recipient: try .p256(), signature: .es256())
        },
        TokenForm("x25519-ed25519", "Ed25519", "ECDH-ES", "X25519") {
            BarePrimitives(recipient: try .x25519(), signature: .ed25519())
        },
        TokenForm("rsa-es256", "ES256", "RSA-OAEP-256") {
            BarePrimitives(recipient: try .rsaOAEP256(), signature: .es256())
        },
        TokenForm("rsa-rs256", "RS256", "RSA-OAEP-256") {
            BarePrimitives(recipient: try .rsaOAEP256(), signature: try .rs256())
        },
    ]

    private init(
        _ name: String, _ signature: String, _ keyManagement: String, _ curve: String? = nil,
        _ primitives: @escaping @Sendable () throws -> BarePrimitives
    ) {
        self.name = name
        self.signature = signature
        self.keyManagement = keyManagement
        self.curve = curve
        self.primitives = primitives
    }
}
