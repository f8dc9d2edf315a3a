import Egress
import JOSE
import KeyManagement

/// Calls AWS KMS in one region: JSON in, JSON out, signed (AWS JSON 1.1).
struct KMSClient: Sendable {
    /// The operations that are used, and so the permissions that are needed.
    enum Operation: String, Sendable {
        case encrypt = "Encrypt"
        case decrypt = "Decrypt"
        case describeKey = "DescribeKey"
        case listKeys = "ListKeys"
        case createKey = "CreateKey"
        case getPublicKey = "GetPublicKey"
        case sign = "Sign"
        case scheduleKeyDeletion = "ScheduleKeyDeletion"

        /// Whether it may be done twice when it is not known to have been done once.
        var isRepeatable: Bool { self != .createKey }
    }

    /// What messages call it.
    let place: String
    let credentials: AWSCredentialCache
    private let endpoint: AWSEndpoint
    private let signer: AWSSigner
    private let send: AWSSend
    private let now: @Sendable () -> AWSTime

    init(
        endpoint: AWSEndpoint, region: String, credentials: AWSCredentialCache, send: @escaping AWSSend,
        now: @escaping @Sendable () -> AWSTime = { .now }
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.send = send
        self.now = now
        signer = AWSSigner(region: region, service: "kms")
        let isPublic = AWSEndpoint.service("kms", region: region) == endpoint
        place = "AWS KMS in \(region)" + (isPublic ? "" : " at \(endpoint.url)")
    }

    /// One call of an operation, on a key if it has one. Credentials that have run out are replaced once.
    func call(
        _ operation: Operation, _ key: KMSKeyName?, _ members: JSONObject = [:], _ context: WrapContext? = nil
    ) async throws(ProviderError) -> JSONObject {
        var members = members
        if let key { members["KeyId"] = .string(key.text) }
        if let context {
            members["EncryptionContext"] = .object(
                JSONObject(context.members.map { ($0.name, .string($0.value)) }))
        }
        let body = members.serialized()
        let first = try await credentials.credentials()
        let response = try await exchange(operation, body, first)
        guard response.status != 200 else { return try parse(response, operation) }
        let fault = AWSFault(response)
        guard fault.isStale else { throw error(fault, operation, first) }
        let second = try await credentials.credentials(insteadOf: first)
        guard second != first else { throw error(fault, operation, first) }
        let again = try await exchange(operation, body, second)
        guard again.status != 200 else { return try parse(again, operation) }
        throw error(AWSFault(again), operation, second)
    }

    /// The error for an answer that is none.
    func broken(_ what: String) -> ProviderError {
        ProviderError(.answerBroken, "\(place) answered \(what): is the endpoint that of AWS KMS?")
    }

    private func error(_ fault: AWSFault, _ operation: Operation, _ used: AWSCredentials) -> ProviderError {
        fault.error(from: place, action: "kms:\(operation.rawValue)", origin: used.origin)
    }

    private func parse(_ response: EgressResponse, _ operation: Operation) throws(ProviderError) -> JSONObject {
        guard let object = try? JSONObject(parsing: response.body) else {
            throw broken("\(operation.rawValue) without JSON")
        }
        return object
    }

    private func exchange(
        _ operation: Operation, _ body: [UInt8], _ used: AWSCredentials
    ) async throws(ProviderError) -> EgressResponse {
        let request = SigningRequest(
            method: "POST", path: "/",
            fields: [
                ("Host", endpoint.authority), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "TrentService.\(operation.rawValue)"),
            ], body: body)
        // Host is the client's own field.
        let fields = signer.signed(request, by: used, at: now()).filter { $0.name != "Host" }
        var sent = EgressRequest("POST", endpoint.url + "/", fields: fields, body: body)
        sent.isRepeatable = operation.isRepeatable
        do throws(EgressError) {
            return try await send(sent)
        } catch {
            throw ProviderError(error, reaching: place)
        }
    }
}
