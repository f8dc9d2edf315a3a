import JOSE
import KeyManagement

/// A symmetric key of AWS KMS, which wraps by Encrypt and opens by Decrypt.
///
/// The context goes along as encryption context: KMS authenticates it and writes it into CloudTrail's log.
struct AWSKMSProvider: KeyProvider {
    let kind = AWSKMSKind.name
    let place: String
    let capabilities: ProviderCapabilities = [.wrapping, .authenticatedContext]

    /// The most octets of a ciphertext; KMS makes some 200 of a root key.
    private static let mostOctets = 6144

    private let key: KMSKeyName
    private let client: KMSClient
    private let calls: DeviceCalls

    init(key: KMSKeyName, client: KMSClient, limits: DeviceCalls.Limits = .init()) {
        self.key = key
        self.client = client
        place = "the key \(key.text) of \(client.place)"
        calls = DeviceCalls(to: client.place, limits: limits)
    }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        try await calls.call { () async throws(ProviderError) -> [UInt8] in
            let text = unsafe secret.withUnsafeBytes { unsafe Base64.encode([UInt8]($0)) }
            let answer = try await client.call(.encrypt, key, ["Plaintext": .string(text)], context)
            guard let wrapped = answer["CiphertextBlob"]?.stringValue.flatMap({ Base64.decode($0) }),
                (1...Self.mostOctets).contains(wrapped.count)
            else { throw client.broken("Encrypt without a ciphertext") }
            return wrapped
        }
    }

    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        guard (1...Self.mostOctets).contains(wrapped.count) else {
            throw ProviderError(.refused, "expected a ciphertext of 1 to \(Self.mostOctets) octets")
        }
        return try await calls.call { () async throws(ProviderError) -> SecretBytes in
            // With the key's name a ciphertext of any other key is refused, whoever may use that key.
            let members: JSONObject = ["CiphertextBlob": .string(Base64.encode(wrapped))]
            let answer = try await client.call(.decrypt, key, members, context)
            guard let secret = answer["Plaintext"]?.stringValue.flatMap({ Base64.secret($0) }) else {
                throw client.broken("Decrypt without a plaintext")
            }
            return secret
        }
    }

    func checkHealth() async throws(ProviderError) {
        let answer = try await client.call(.describeKey, key)
        guard let metadata = answer["KeyMetadata"]?.objectValue, let state = metadata["KeyState"]?.stringValue
        else {
            throw client.broken("DescribeKey without the state of the key")
        }
        guard state == "Enabled" || state == "Updating" else {
            throw ProviderError(.keyDisabled, "\(place) is \(AWSFault.printable(state)): enable it")
        }
        if let usage = metadata["KeyUsage"]?.stringValue, usage != "ENCRYPT_DECRYPT" {
            throw ProviderError(
                .keyDisabled, "\(place) is for \(AWSFault.printable(usage)); expected a key for ENCRYPT_DECRYPT")
        }
    }

    var statistics: ProviderStatistics { calls.statistics }

    func close() async { await client.credentials.close() }
}
