import Egress
import Foundation
import JOSE
import KeyManagement
import Synchronization
import Testing

@testable import KeyProviders

/// What stands on the other side of the requests: answers by a closure, and remembers what it was asked.
final class AWSPeer: Sendable {
    typealias Answer = @Sendable (_ request: EgressRequest, _ index: Int) -> EgressResponse

    private let seen = Mutex<[(way: String, request: EgressRequest)]>([])
    private let answer: Answer

    init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    var requests: [EgressRequest] { seen.withLock { $0.map(\.request) } }
    var ways: [String] { seen.withLock { $0.map(\.way) } }

    var exchanges: AWSExchanges {
        AWSExchanges(
            service: { [self] request throws(EgressError) in respond(request, "service") },
            metadata: { [self] request throws(EgressError) in respond(request, "metadata") })
    }

    private func respond(_ request: EgressRequest, _ way: String) -> EgressResponse {
        let index = seen.withLock { seen in
            seen.append((way, request))
            return seen.count - 1
        }
        return answer(request, index)
    }

    static func json(_ text: String, status: Int = 200) -> EgressResponse {
        EgressResponse(status: status, fields: [("Content-Type", "application/x-amz-json-1.1")], body: Array(text.utf8))
    }
}

extension EgressRequest {
    subscript(field name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    var text: String { String(decoding: body ?? [], as: UTF8.self) }
}

/// Credentials that exist nowhere.
enum Sample {
    static let id = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let token = "session-token-that-must-not-show"

    static func credentials(
        _ id: String = Sample.id, token: String? = nil, expiration: Int64? = nil
    ) throws -> AWSCredentials {
        let expiration = expiration.map { AWSTime(seconds: $0) }
        return try #require(
            AWSCredentials(id: id, secret: secret, token: token, expiration: expiration, origin: "a test"))
    }

    static let context = WrapContext(purpose: "root-key", id: "abc")

    /// A file that is gone when the body ends.
    static func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("aws-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}
