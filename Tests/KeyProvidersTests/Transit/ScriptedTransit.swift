import Egress
import JOSE
import KeyManagement
import Synchronization

@testable import KeyProviders

/// Answers that no server gives on demand: broken ones, and a token that is refused in the middle of its lease.
/// What a server does by itself is tested with a real one, end to end.
final class ScriptedTransit: Sendable {
    struct Seen: Sendable, Equatable {
        var request: String
        var token: String?
    }

    private struct State {
        var answers: [String: [(status: Int, body: String)]]
        var seen: [Seen] = []
        var bodies: [String] = []
        var milliseconds: Int64 = 0
    }

    static let address = "https://vault.example:8200"
    private let state: Mutex<State>

    /// - Parameter answers: by `METHOD path`, in order; the last one is given again and again.
    init(_ answers: [String: [(status: Int, body: String)]]) {
        state = Mutex(State(answers: answers))
    }

    var seen: [Seen] { state.withLock { $0.seen } }
    var bodies: [String] { state.withLock { $0.bodies } }
    func pass(seconds: Int64) { state.withLock { $0.milliseconds += seconds * 1000 } }

    func provider(
        _ more: [String: String] = ["token": "s.first"], uses: ProviderUses = .rootKey
    ) -> TransitProvider? {
        var settings = ProviderSettings(
            path: "root_key.transit", values: ["address": Self.address].merging(more) { $1 }, uses: uses)
        guard let read = TransitSettings(&settings) else { return nil }
        var limits = DeviceCalls.Limits()
        limits.pause = .milliseconds(1)
        let transport: TransitConnection.Transport = { (request) throws(EgressError) in try self.answer(request) }
        return TransitProvider(
            read, transport: transport, farewell: transport, limits: limits,
            now: { self.state.withLock { $0.milliseconds } })
    }

    private func answer(_ request: EgressRequest) throws(EgressError) -> EgressResponse {
        let name = "\(request.method) \(request.url.dropFirst(Self.address.count + "/v1/".count))"
        let answer = state.withLock { state -> (status: Int, body: String)? in
            state.seen.append(
                Seen(request: name, token: request.fields.first { $0.name == "X-Vault-Token" }?.value))
            state.bodies.append(String(decoding: request.body ?? [], as: UTF8.self))
            guard let answers = state.answers[name], let first = answers.first else { return nil }
            if answers.count > 1 { state.answers[name] = Array(answers.dropFirst()) }
            return first
        }
        guard let answer else { throw EgressError(.unreachable, "nothing was scripted for \(name)") }
        return EgressResponse(status: answer.status, fields: [], body: Array(answer.body.utf8))
    }

    // Answers as OpenBao 2.7.2 gave them, without what is not looked at.

    static func key(
        type: String = "aes256-gcm96", latest: Int = 1, minimum: Int = 1, more: String = ""
    ) -> (status: Int, body: String) {
        (
            200,
            #"""
            {"data":{"derived":false,"latest_version":\#(latest),"min_decryption_version":\#(minimum),"name":"signet",
            "supports_decryption":true,"supports_encryption":true\#(more),"type":"\#(type)"}}
            """#
        )
    }

    static func login(_ token: String, lease: Int = 60, renewable: Bool = true) -> (status: Int, body: String) {
        (
            200,
            #"{"auth":{"client_token":"\#(token)","lease_duration":\#(lease),"renewable":\#(renewable)},"data":null}"#
        )
    }

    static let ciphertext = (status: 200, body: #"{"data":{"ciphertext":"vault:v1:AAAA","key_version":1}}"#)
    static let plaintext = (status: 200, body: #"{"data":{"plaintext":"AQID"}}"#)
    static let denied = (status: 403, body: #"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#)
    static let lifelong = (status: 200, body: #"{"data":{"id":"s.first","renewable":false,"ttl":0}}"#)
    static let roleSettings = ["auth": "approle", "role_id": "a-role", "secret_id": "a-secret-id"]
}
