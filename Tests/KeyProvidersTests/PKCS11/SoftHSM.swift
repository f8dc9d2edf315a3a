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

    /// NSS's own module, which has RSA-OAEP with SHA-256 and wants its configuration in C_Initialize.
    private static let nss = "/usr/lib/x86_64-linux-gnu/libsoftokn3.so"
    static let hasNSS = FileManager.default.isReadableFile(atPath: nss)

    private let directory: URL
    private var pinFile: URL { directory.appendingPathComponent("pin") }

    init() throws {
        try self.init(module: Self.module, parameters: "")
        try run(
            "/usr/bin/softhsm2-util", "--init-token", "--free", "--label", "t", "--so-pin", "12345678", "--pin", "1234")
        try run(
            "/usr/bin/pkcs11-tool", "--module", Self.module, "--token-label", "t", "--login", "--pin", "1234",
            "--keygen",
            "--key-type", "AES:32", "--label", "k", "--sensitive", "--private")
    }

    /// A token of NSS in its place.
    init(nss: Void) throws {
        let directory = Self.newDirectory()
        let configuration = "configdir='sql:\(directory.path)' certPrefix='' keyPrefix='' secmod='' flags="
        try self.init(module: Self.nss, parameters: configuration, directory)
        let program = directory.path + "/nss_token"
        try run("/usr/bin/env", "clang", "-O1", "-o", program, Self.support + "nss_token.c", "-ldl")
        try run(program, Self.nss, configuration, "1234")
    }

    /// Programs in C that tests share.
    private static let support =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../EndToEnd/support")
        .standardizedFileURL.path + "/"

    private static func newDirectory() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("signet-hsm-\(UUID().uuidString)")
    }

    private init(module: String, parameters: String, _ directory: URL = newDirectory()) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("tokens"), withIntermediateDirectories: true)
        let configuration = directory.appendingPathComponent("softhsm2.conf")
        try Data("directories.tokendir = \(directory.path)/tokens\nlog.level = ERROR\n".utf8).write(to: configuration)
        setenv("SOFTHSM2_CONF", configuration.path, 1)
        setenv("FAULTS_MODULE", module, 1)
        setenv("FAULTS_PARAMETERS", parameters, 1)
        setenv("FAULTS_FILE", directory.path + "/faults", 1)
        setenv("FAULTS_CALLS", directory.path + "/calls", 1)
        try setFaults("")
        try setPIN("1234")
        try run(
            "/usr/bin/env", "clang", "-shared", "-fPIC", "-O1", "-o", faulty, Self.support + "pkcs11_faults.c", "-ldl")
    }

    func nssProvider() throws -> PKCS11Provider {
        var settings = ProviderSettings(
            path: "keys.pkcs11", values: ["module": faulty, "slot": "2", "pin_file": pinFile.path], uses: .tokenKeys)
        guard let read = PKCS11Settings(&settings) else { throw Failure(what: "\(settings.faults)") }
        return PKCS11Provider(read)
    }

    func provider(_ uses: ProviderUses = .rootKey, sessions: Int = 4, isReal: Bool = false) throws -> PKCS11Provider {
        var values = [
            "module": isReal ? Self.module : faulty, "token": "t", "pin_file": pinFile.path,
            "sessions": String(sessions),
        ]
        if uses.contains(.rootKey) { values["key"] = "k" }
        var settings = ProviderSettings(
            path: uses == .tokenKeys ? "keys.pkcs11" : "root_key.pkcs11", values: values, uses: uses)
        guard let read = PKCS11Settings(&settings) else { throw Failure(what: "\(settings.faults)") }
        return PKCS11Provider(read)
    }

    /// What pkcs11-tool tells of the token's private keys.
    func privateKeys() throws -> String {
        try run(
            "/usr/bin/pkcs11-tool", "--module", Self.module, "--token-label", "t", "--login", "--pin", "1234",
            "--list-objects", "--type", "privkey")
    }

    /// Deletes the key that wraps, as the token's owner may.
    func removeKey() throws {
        try run(
            "/usr/bin/pkcs11-tool", "--module", Self.module, "--token-label", "t", "--login", "--pin", "1234",
            "--delete-object", "--type", "secrkey", "--label", "k")
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

    @discardableResult
    private func run(_ program: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.environment = ProcessInfo.processInfo.environment.merging(
            [
                "SOFTHSM2_CONF": directory.path + "/softhsm2.conf", "FAULTS_FILE": directory.path + "/faults",
                "FAULTS_CALLS": directory.path + "/calls",
            ]) { $1 }
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(what: program) }
        return String(decoding: text, as: UTF8.self)
    }
}
