import ArgumentParser
import JOSE

/// `signet jwk public`.
struct JWKPublicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "public",
        abstract: "Print the public half of a key, or of each key of a set.",
        discussion: "Symmetric keys have no public half: alone they are refused, in a set they are left out.")

    @Argument(help: ArgumentHelp("A JWK or JWKS; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let source = try KeyFile(file)
        let result: JSONObject
        if source.isSet {
            result = JWKSet(source.keys).object(includingPrivate: false)
        } else {
            guard let key = source.keys.first?.publicJWK() else {
                throw CommandFailure.refused("key-mismatch", "a symmetric key has no public half")
            }
            result = key.object(includingPrivate: false)
        }
        StandardStreams.writeLine(JSONValue.object(result).serializedString(pretty: true))
    }
}
