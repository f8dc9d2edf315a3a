import ArgumentParser

/// `signet jwe`.
struct JWECommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwe",
        abstract: "Encrypt and decrypt octets (JSON Web Encryption, RFC 7516).",
        subcommands: [JWEEncryptCommand.self, JWEDecryptCommand.self])
}
