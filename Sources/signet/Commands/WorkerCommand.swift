import ArgumentParser
import CSupervisor
import Glibc

/// `signet worker`: what `signet serve` starts. Not for people.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "The part of serve that serves.", shouldDisplay: false)

    @Argument(help: "The descriptor of the order.")
    var order: Int32

    @Argument(help: "The supervisor's process id.")
    var parent: Int32

    func run() async throws {
        try await Worker(order: try WorkerOrder(parsing: try OrderFile.read(order))).run()
    }
}

extension WorkerCommand: PreparedOnMainThread {
    func prepare() throws {
        // A core file or a debugger would have every key in its hands.
        try SystemFailure.check("can't protect the process", signet_harden())
        // The kernel remembers the wish with the thread that utters it: this one lives as long as the process. Before
        // this call the parent may have ended already; then the process has another parent now.
        guard signet_end_with_parent(parent) == 0 else {
            throw CommandFailure.unavailable("the supervisor is gone")
        }
    }
}
