internal import Crypto
internal import CryptoExtras

/// A password for the PBES2 algorithms (RFC 7518 section 4.8): the one kind of key that people make up.
///
/// A type of its own, so that no key set and no JWK lets a token choose how often this machine hashes (CVE-2022-36083,
/// CVE-2023-52428 and others): the caller says that tokens may be sealed by a password, and how much work that may be.
/// Prefer a key: `A256KW` with 256 random bits can't be guessed.
public struct PasswordKey: Sendable {
    /// The key's name.
    public let kid: String?

    /// The one algorithm of the password.
    public let algorithm: KeyManagementAlgorithm

    /// How often the password is hashed when a token is made.
    public let iterations: Int

    /// The most often that a token may have it hashed.
    public let maximumIterations: Int

    private let password: SecretBytes

    /// The fewest iterations that are accepted (RFC 7518 section 4.8.1.2).
    public static let minimumIterations = 1_000

    /// The longest password, in octets.
    public static let maximumPasswordBytes = 1_024

    /// The shortest salt, in octets (RFC 7518 section 4.8.1.1).
    public static let minimumSaltBytes = 8

    static let newSaltBytes = 16

    /// Takes a password.
    /// - Parameters:
    ///   - password: the octets of the password; of a text its UTF-8.
    ///   - algorithm: one of the PBES2 algorithms.
    ///   - iterations: how often the password is hashed when a token is made, 1,000 to 10,000,000; when nil, what
    ///     OWASP's Password Storage Cheat Sheet asks for: 600,000 with SHA-256, 210,000 with the larger hashes.
    ///   - maximumIterations: the most that a token may ask for; when nil, 600,000 with SHA-256 and 300,000 with the
    ///     larger hashes, which is about a quarter of a second.
    /// - Throws: `key-invalid` for an empty or too long password or for iterations out of range; `key-mismatch` for an
    ///   algorithm that takes no password.
    public init(
        _ password: SecretBytes, algorithm: KeyManagementAlgorithm, kid: String? = nil, iterations: Int? = nil,
        maximumIterations: Int? = nil
    ) throws(JOSEError) {
        guard algorithm.isPasswordBased else {
            throw JOSEError(.keyMismatch, "\(algorithm.rawValue) takes a key, not a password")
        }
        guard (1...Self.maximumPasswordBytes).contains(password.count) else {
            throw KeyMaterial.invalid("expected a password of 1 to \(Self.maximumPasswordBytes) octets")
        }
        let isSHA256 = algorithm == .pbes2HS256A128KW
        let chosen = iterations ?? (isSHA256 ? 600_000 : 210_000)
        let most = maximumIterations ?? (isSHA256 ? 600_000 : 300_000)
        let range = Self.minimumIterations...10_000_000
        guard range.contains(chosen), range.contains(most) else {
            throw KeyMaterial.invalid("expected \(range.lowerBound) to \(range.upperBound) iterations")
        }
        self.password = password
        self.algorithm = algorithm
        self.kid = kid
        self.iterations = chosen
        self.maximumIterations = most
    }

    /// Takes the octets of an oct key as the password, if its `alg` is one of the PBES2 algorithms.
    /// - Throws: `key-mismatch` if the key is of another type or names another algorithm; `key-use-mismatch`;
    ///   otherwise as `init(_:algorithm:kid:iterations:maximumIterations:)`.
    public init(_ jwk: JWK, iterations: Int? = nil, maximumIterations: Int? = nil) throws(JOSEError) {
        guard case .symmetric(let secret) = jwk.material, let name = jwk.algorithm,
            let algorithm = KeyManagementAlgorithm(rawValue: name), algorithm.isPasswordBased
        else { throw JOSEError(.keyMismatch, "expected an oct key whose alg is one of the PBES2 algorithms") }
        try KeyUsage.decrypt(algorithm).check(jwk)
        try self.init(
            secret, algorithm: algorithm, kid: jwk.kid, iterations: iterations, maximumIterations: maximumIterations
        )
    }

    /// The key that wraps the content key of one token.
    /// - Throws: `header-invalid` if the salt is too short, or the iterations are fewer or more than allowed: said
    ///   before any work is done, and about numbers that anyone can read in the token.
    func wrappingKey(salt: [UInt8], iterations: Int) throws(JOSEError) -> SymmetricKey {
        guard salt.count >= Self.minimumSaltBytes else {
            throw JOSEError(.headerInvalid, "expected at least \(Self.minimumSaltBytes) octets in p2s")
        }
        // Whoever writes with more iterations than others may ask for reads that back.
        let allowed = Self.minimumIterations...Swift.max(maximumIterations, self.iterations)
        guard allowed.contains(iterations) else {
            throw JOSEError(
                .headerInvalid, "expected p2c of \(allowed.lowerBound) to \(allowed.upperBound), got \(iterations)"
            )
        }
        // RFC 7518 section 4.8.1.1: the algorithm's name and a zero octet in front keep salts of algorithms apart.
        let fullSalt = [UInt8](algorithm.rawValue.utf8) + [0] + salt
        do {
            return try unsafe password.withUnsafeBytes { password in
                try unsafe KDF.Insecure.PBKDF2.deriveKey(
                    from: password, salt: fullSalt, using: hash, outputByteCount: algorithm.wrappingKeyBytes ?? 32,
                    unsafeUncheckedRounds: iterations
                )
            }
        } catch {
            throw JOSEError(.operationFailed, "the key could not be derived from the password")
        }
    }

    private var hash: KDF.Insecure.PBKDF2.HashFunction {
        switch algorithm {
        case .pbes2HS256A128KW: .sha256
        case .pbes2HS384A192KW: .sha384
        default: .sha512
        }
    }
}

extension PasswordKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The algorithm and nothing of the password.
    public var description: String { "PasswordKey(\(algorithm.rawValue))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Hides the password from `dump` and from interpolation by reflection.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
