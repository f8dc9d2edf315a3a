import ArgumentParser
import Glibc

/// `signet serve`.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway and the authorization server.",
        discussion: """
            The first start makes the data directory with the store, the root key and admin.token, the credential of \
            the commands apply, export and keys. Prints one line `listening NAME URL` per listener when it serves. \
            SIGTERM or SIGINT let requests under way finish; the second one cuts them off. Both end with status 0. A \
            worker that ends abnormally is started again on the same sockets.

            Settings come from signet.yaml and from the environment: SIGNET_LISTENERS__GATEWAY__ADDRESS is \
            listeners.gateway.address, SIGNET_ROOT_KEY__PASSPHRASE_FILE names a file that holds root_key.passphrase.
            """)

    @OptionGroup var server: ServerFiles

    @Option(help: ArgumentHelp("What this process does: all; control and gateway come later.", valueName: "role"))
    var role = "all"

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard role == "all" else {
            guard ["control", "gateway"].contains(role) else {
                throw CommandFailure.usage("--role: expected all, control or gateway")
            }
            throw CommandFailure.notSupported("--role \(role)", instead: "one process does both: --role all")
        }
        var settings = try server.settings()
        // What protected the root key before is for `signet keys protect` alone.
        for path in settings.paths where path.hasPrefix(ServerConfiguration.FormerProtection.section + ".") {
            settings[path] = nil
        }
        let configuration = try ServerConfiguration(settings)
        var supervisor = try Supervisor(
            settings: settings, configuration: configuration, data: DataDirectory(server.data), json: output.json)
        let status = try supervisor.run()
        if status != 0 { Glibc.exit(status) }
    }
}
