import Foundation
import JOSE
import KeyManagement

@testable import KeyProviders

/// A SoftHSM token of a test's own, behind a module that fails as it is told (Tests/EndToEnd/support/pkcs11_faults.c).
///
/// One at a time: SoftHSM's state and configuration are the process's.
struct SoftHSM {
    static let module = "/usr/lib/softhsm/libsofthsm2.so"

    /// Whether tests that need it are run. `make test-swift` has them fail, not skipped, when it is not there.
    static let isExpected =
        ProcessInfo.processInfo.environment["SIGNET_TEST_TOOLS"] == "required"
        || ([module] + ["softhsm2-util", "pkcs11-tool"].map { "/usr/bin/\($0)" })
            .allSatisfy { FileManager.default.isReadableFile(atPath: $0) }

    private let directory: URL
    private var pinFile: URL { directory.appendingPathComponent("pin") }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("signet-hsm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("tokens"), withIntermediateDirectories: true)
        let configuration = directory.appendingPathComponent("softhsm2.conf")
        try Data("directories.tokendir = \(directory.path)/tokens\nlog.level = ERROR\n".utf8).write(to: configuration)
        setenv("SOFTHSM2_CONF", configuration.path, 1)
        setenv("FAULTS_MODULE", Self.module, 1)
        setenv("FAULTS_FILE", directory.path + "/faults", 1)
        setenv("FAULTS_CALLS", directory.path + "/calls", 1)
        try setFaults("")
        try setPIN("1234")
        try run(
            "/usr/bin/softhsm2-util", "--init-token", "--free", "--label", "t", "--so-pin", "12345678", "--pin", "1234")
        try run(
            "/usr/bin/pkcs11-tool", "--module", Self.module, "--token-label", "t", "--login", "--pin", "1234",
            "--keygen",
            "--key-type", "AES:32", "--label", "k", "--sensitive", "--private")
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../EndToEnd/support/pkcs11_faults.c").standardizedFileURL
        try run("/usr/bin/env", "clang", "-shared", "-fPIC", "-O1", "-o", faulty, source.path, "-ldl")
    }

    func provider() throws -> PKCS11Provider {
        var settings = ProviderSettings(
            path: "root_key.pkcs11",
            values: ["module": faulty, "token": "t", "key": "k", "pin_file": pinFile.path])
        guard let read = PKCS11Settings(&settings) else { throw Failure(what: "\(settings.faults)") }
        return PKCS11Provider(read)
    }

    /// Removes everything. The provider must have been closed.
    func remove() { try? FileManager.default.removeItem(at: directory) }

    /// Forgets the calls so far.
    func setFaults(_ lines: String) throws {
        try Data(lines.utf8).write(to: directory.appendingPathComponent("faults"))
        try Data().write(to: directory.appendingPathComponent("calls"))
    }

    func setPIN(_ pin: String) throws { try Data("\(pin)\n".utf8).write(to: pinFile) }

    func calls(_ function: String) throws -> Int {
        try String(contentsOf: directory.appendingPathComponent("calls"), encoding: .utf8)
            .split(separator: "\n").count { $0 == function }
    }

    func goAway() throws { try move("tokens", "away") }
    func comeBack() throws { try move("away", "tokens") }

    struct Failure: Error { let what: String }

    private var faulty: String { directory.path + "/faults.so" }

    private func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(
            at: directory.appendingPathComponent(from), to: directory.appendingPathComponent(to))
    }

    private func run(_ program: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["SOFTHSM2_CONF": directory.path + "/softhsm2.conf"]) { $1 }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(what: program) }
    }
}
