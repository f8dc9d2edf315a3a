import ArgumentParser
import Dispatch
import Glibc
import JOSE

/// A command with a part that must happen on the process's first thread.
protocol PreparedOnMainThread {
    func prepare() throws
}

/// The entry of the program.
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let fault = CommandPath.fault(in: arguments) { end(CommandFailure.usage(fault)) }
        var command: any ParsableCommand
        do {
            command = try Signet.parseAsRoot(arguments)
            // The parser's own commands (help) do their work by throwing.
            if String(reflecting: type(of: command)).hasPrefix("ArgumentParser.") { try command.run() }
        } catch {
            endParsing(error)
        }
        do {
            if let prepared = command as? any PreparedOnMainThread { try prepared.prepare() }
            if let asynchronous = command as? any AsyncParsableCommand {
                try runToEnd(asynchronous)
            } else {
                // `serve` needs the main thread to itself, so that no executor runs before it decides.
                try command.run()
            }
        } catch {
            end(error)
        }
        exit(ExitStatus.done.rawValue)
    }

    /// Runs a command that awaits, while the main thread sleeps.
    private static func runToEnd(_ command: any AsyncParsableCommand) throws {
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome()
        let handed = Handed(command: command)
        Task.detached {
            var running = handed.command
            do { try await running.run() } catch { outcome.set(error) }
            done.signal()
        }
        done.wait()
        if let error = outcome.error { throw error }
    }

    /// A command on its way to another thread.
    ///
    /// `@unchecked Sendable`: it is handed over once, and the thread that had it sleeps until the other one is done.
    private struct Handed: @unchecked Sendable {
        let command: any AsyncParsableCommand
    }

    /// Help and version end well; anything else is a mistake in the command line.
    private static func endParsing(_ error: any Error) -> Never {
        let status = Signet.exitCode(for: error)
        if status != .success, wantsJSON {
            printFailure(.usage(Signet.message(for: error)))
        }
        Signet.exit(withError: error)
    }

    /// Ends with the status that the contract names for the error.
    static func end(_ error: any Error) -> Never {
        if error is CleanExit || error is ExitCode || error is ValidationError { endParsing(error) }
        let failure = CommandFailure(describing: error)
        if wantsJSON { printFailure(failure) }
        StandardStreams.complain(failure.message)
        exit(failure.status.rawValue)
    }

    private static func printFailure(_ failure: CommandFailure) {
        StandardStreams.writeLine(failure.json.serializedString(pretty: true))
    }

    /// Looks at the arguments themselves: a command line that can't be parsed has no options yet.
    private static var wantsJSON: Bool { CommandLine.arguments.dropFirst().contains("--json") }
}
