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

    var allowed: Set<KeyManagementAlgorithm>? { alg?.algorithms }

    func policy(trustsUnprotectedAlgorithm: Bool = false) -> DecryptionPolicy {
        DecryptionPolicy(
            algorithms: allowed ?? Set(KeyManagementAlgorithm.allCases),
            contentEncryption: enc?.algorithms ?? ContentEncryptionAlgorithm.all,
            dangerouslyAcceptsCompression: allowCompressed, trustsUnprotectedAlgorithm: trustsUnprotectedAlgorithm,
            limits: TokenInput.limits)
    }
}

/// Whether a header that anybody can have written is believed.
struct UnprotectedAlgorithmOption: ParsableArguments {
    @Flag(help: "Believe alg (and enc) in the unprotected header of a JSON form. The key's own alg still holds.")
    var allowUnprotectedAlg = false
}
