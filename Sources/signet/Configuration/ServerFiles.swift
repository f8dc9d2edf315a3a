import ArgumentParser
import Glibc
import Resources

/// Where a server's configuration and data are.
struct ServerFiles: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration. Without it signet.yaml is read if there is one.", valueName: "file"))
    var config: String?

    @OptionGroup var place: DataOption

    var data: String { place.data }

    /// The settings of file and environment together.
    ///
    /// - Throws: ``CommandFailure`` 78.
    func settings() throws -> Settings {
        let environment = ProcessEnvironment.all
        var settings = Settings()
        let path = config ?? environment["SIGNET_CONFIG"]
        if let path {
            settings = try Self.read(path)
        } else if unsafe access("signet.yaml", F_OK) == 0 {
            settings = try Self.read("signet.yaml")
        }
        try settings.overlay(environment: environment)
        try settings.readCredentials(environment: environment)
        for name in Settings.unknownVariables(in: environment) {
            StandardStreams.complain("signet: \(name) is no setting and was ignored")
        }
        return settings
    }

    private static func read(_ path: String) throws -> Settings {
        let bytes: [UInt8]
        do {
            bytes = try Input.file(path)
        } catch let failure as CommandFailure {
            throw CommandFailure.configuration(failure.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure.configuration("\(path) is not UTF-8")
        }
        return try Settings(yaml: text, file: path)
    }
}

/// Where a server keeps its data: for `serve`, and for commands that use its credentials.
struct DataOption: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The server's data directory. (default: SIGNET_DATA, else ./data)", valueName: "dir"))
    var given: String?

    var data: String { given ?? ProcessEnvironment.all["SIGNET_DATA"] ?? "data" }
}
