internal import Crypto

extension SecretBytes {
    /// The octets as a key of the library below, which wipes its own copy too.
    var symmetricKey: SymmetricKey {
        unsafe withUnsafeBytes { unsafe SymmetricKey(data: $0) }
    }
}

extension P256.Signing.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension P384.Signing.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension P521.Signing.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension P256.KeyAgreement.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension P384.KeyAgreement.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension P521.KeyAgreement.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension Curve25519.Signing.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension Curve25519.KeyAgreement.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(rawRepresentation: $0) }
    }
}

extension MLDSA65.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(seedRepresentation: $0, publicKey: nil) }
    }
}

extension MLDSA87.PrivateKey {
    init(secret: SecretBytes) throws {
        self = try unsafe secret.withUnsafeBytes { try unsafe Self(seedRepresentation: $0, publicKey: nil) }
    }
}
