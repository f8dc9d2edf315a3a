import ArgumentParser

/// `signet jws`.
struct JWSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jws",
        abstract: "Sign octets, and check signatures (JSON Web Signature, RFC 7515).",
        subcommands: [JWSSignCommand.self, JWSVerifyCommand.self])
}
