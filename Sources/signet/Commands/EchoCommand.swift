import ArgumentParser
import Hummingbird
import Logging
import NIOCore

/// `signet echo`.
struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Run a small upstream that answers with what it received.",
        discussion: """
            Answers every request with a JSON object: method, path, query, headers and the number of the body's octets. \
            ?status=503 answers with that status, ?delay=200 waits that many milliseconds, ?bytes=1000 answers with that \
            many octets instead. Prints `listening echo URL` when it serves. It is for trying things: it asks nobody \
            who they are.
            """)

    @Option(help: ArgumentHelp("Where to listen; port 0 lets the system choose.", valueName: "address"))
    var listen = "127.0.0.1:8082"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let address = ListenAddress(listen) else {
            throw CommandFailure.usage("--listen: expected an IP address and a port, for example 127.0.0.1:8082")
        }
        var logger = Logger(label: "echo")
        logger.logLevel = .error
        let json = output.json
        let application = Application(
            responder: EchoResponder(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: Int(address.port)), serverName: nil),
            onServerRunning: { channel in
                let port = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? address.port
                ReadyLine.print(name: "echo", address: address.with(port: port), json: json)
            },
            logger: logger)
        do {
            try await application.runService()
        } catch let error as IOError {
            throw CommandFailure.configuration(
                "can't listen on \(address.text): \(SystemFailure.text(error.errnoCode))")
        }
    }
}
