import ArgumentParser
import JOSE

/// `signet jwk generate`.
struct JWKGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a new private or symmetric key and print it.",
        discussion: """
            A key belongs to one algorithm, which it names. Signatures: HS256/384/512, RS256/384/512, PS256/384/512, \
            ES256/384/512, ES256K, Ed25519, Ed448, ML-DSA-65/87. Encryption: ECDH-ES and \
            ECDH-ES+A128KW/A192KW/A256KW (curve X25519, X448, P-256, P-384 or P-521), RSA-OAEP, \
            RSA-OAEP-256/384/512, A128KW/A192KW/A256KW, A128GCMKW/A192GCMKW/A256GCMKW; for dir, name the \
            content encryption: A128GCM/A192GCM/A256GCM, A128CBC-HS256/A192CBC-HS384/A256CBC-HS512. Experimental: \
            HPKE-0/1/2/3/4/7/9 and HPKE-0-KE/1-KE/2-KE/3-KE/4-KE/7-KE/9-KE.

            Keep the output where only you can read it:  (umask 077; signet jwk generate --alg ES256 > key.jwk)
            """)

    enum Use: String, ExpressibleByArgument, CaseIterable {
        case sig, enc
    }

    @Option(help: ArgumentHelp("The algorithm that the key is for.", valueName: "alg"))
    var alg: String

    @Option(help: ArgumentHelp("The curve, for ECDH-ES: X25519 unless given.", valueName: "crv"))
    var crv: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The key's name. (default: 128 random bits)", valueName: "kid"))
    var kid: String?

    @Option(help: "What the key is for; must fit the algorithm.")
    var use: Use?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let key: JWK
        do {
            key = try JWK.generate(algorithm: alg, curve: crv, kid: kid, use: use?.rawValue)
        } catch {
            throw CommandFailure.usage(error.reason)
        }
        StandardStreams.writeLine(JSONValue.object(key.object(includingPrivate: true)).serializedString(pretty: true))
    }
}
