import ArgumentParser
import JOSE

/// `signet jwk convert`.
struct JWKConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a key in another form.",
        discussion: "jwk reads a key strictly and prints it anew; pem and der come later.")

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case jwk, pem, der
    }

    @Option(help: "The form.")
    var to: Form

    @Argument(help: ArgumentHelp("A JWK or JWKS; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard to == .jwk else {
            throw CommandFailure.notSupported("--to \(to.rawValue)", instead: "only jwk is")
        }
        let source = try KeyFile(file)
        let object: JSONObject
        if source.isSet {
            object = JWKSet(source.keys).object(includingPrivate: true)
        } else {
            object = source.keys.first?.object(includingPrivate: true) ?? JSONObject()
        }
        StandardStreams.writeLine(JSONValue.object(object).serializedString(pretty: true))
    }
}
