import ArgumentParser
import JOSE

/// Which encryptions are accepted.
struct DecryptionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The encryption algorithms that are accepted, separated by commas. (default: the key's own)",
            valueName: "alg,…"))
    var alg: AlgorithmList<KeyManagementAlgorithm>?

    @Option(
        help: ArgumentHelp(
            "The content encryptions that are accepted, separated by commas. (default: all)", valueName: "enc,…"))
    var enc: AlgorithmList<ContentEncryptionAlgorithm>?

    @Flag(help: "Accept compressed plaintext (zip), up to 250 KB. Its length tells of its content.")
    var allowCompressed = false

    func allowed() throws -> Set<KeyManagementAlgorithm>? { try alg?.algorithms(for: "encryption") }

    /// `alg` and `enc` may stand in the unprotected headers of a JSON form (RFC 7516 section 7.2): they choose nothing, since
    /// the key, `--alg` and `--enc` have to agree with them.
    func policy() throws -> DecryptionPolicy {
        DecryptionPolicy(
            algorithms: try allowed() ?? Set(KeyManagementAlgorithm.allCases),
            contentEncryption: try enc?.algorithms(for: "content encryption") ?? ContentEncryptionAlgorithm.all,
            dangerouslyAcceptsCompression: allowCompressed, trustsUnprotectedAlgorithm: true, limits: TokenInput.limits)
    }
}
