import Egress
import Foundation
import JOSE

@testable import KeyProviders

/// ministack's KMS on a loopback port: it makes, signs and opens by RSA-OAEP-256, and looks at no credentials.
final class MiniStack {
    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../.venv/bin/ministack").standardizedFileURL

    /// Whether tests that need it are run. `make test-swift` has them fail, not skipped, when it is not there.
    static let isExpected =
        ProcessInfo.processInfo.environment["SIGNET_TEST_TOOLS"] == "required"
        || FileManager.default.isExecutableFile(atPath: program.path)

    let address: String
    private let process = Process()
    private let home: URL

    init() async throws {
        home = FileManager.default.temporaryDirectory.appendingPathComponent("signet-kms-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let ports = try FreePort.several(1)
        address = "http://127.0.0.1:\(ports[0])"
        process.executableURL = Self.program
        // Without the last one it listens on port 8883 of every address too.
        process.environment = [
            "HOME": home.path, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "\(ports[0])", "SERVICES": "kms",
            "IOT_MTLS_ENABLED": "0",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await waitUntilReady()
    }

    private func waitUntilReady() async throws {
        let provider = try provider()
        for attempt in 1... {
            do { return try await provider.checkHealth() } catch {
                guard attempt < 300, process.isRunning else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    func provider(_ more: [String: String] = [:]) throws -> AWSKMSProvider {
        let values = ["endpoint": address, "region": "eu-central-1", "credentials": "environment"]
        var settings = ProviderSettings(
            path: "keys.aws_kms", values: values.merging(more) { $1 }, uses: .tokenKeys)
        let environment = AWSEnvironment(["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"])
        guard
            let made = AWSKMSKind.make(&settings, environment: environment, exchanges: .live) as? AWSKMSProvider
        else { throw OpenBao.Failure(what: "\(settings.faults)") }
        return made
    }

    /// Calls an operation, as the owner of the account does.
    @discardableResult
    func ask(_ operation: String, _ body: String) async throws -> JSONObject {
        let request = EgressRequest(
            "POST", address + "/",
            fields: [
                ("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "TrentService.\(operation)"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/kms/aws4_request"),
            ], body: Array(body.utf8))
        let response = try await AWSExchanges.live.service(request)
        guard response.status == 200 else { throw OpenBao.Failure(what: "\(operation): \(response.status)") }
        return try JSONObject(parsing: response.body)
    }

    func remove() {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: home)
    }
}
