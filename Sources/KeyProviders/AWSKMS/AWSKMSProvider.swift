import JOSE
import KeyManagement

/// AWS KMS: a symmetric key of it, which wraps by Encrypt and opens by Decrypt, and key pairs that are made in it.
///
/// The context goes along as encryption context: KMS authenticates it and writes it into CloudTrail's log.
struct AWSKMSProvider: KeyProvider {
    let kind = AWSKMSKind.name
    let place: String
    let capabilities: ProviderCapabilities

    /// The most octets of a ciphertext; KMS makes some 200 of a root key.
    private static let mostOctets = 6144

    /// The key that wraps; nil when none was named, as none is needed for key pairs.
    private let key: KMSKeyName?
    /// The path of the setting that names it.
    private let keySetting: String
    let client: KMSClient
    let calls: DeviceCalls

    init(
        key: KMSKeyName?, client: KMSClient, limits: DeviceCalls.Limits = .init(),
        keySetting: String = "root_key.aws_kms.key"
    ) {
        self.key = key
        self.keySetting = keySetting
        self.client = client
        capabilities = key == nil ? .keys : [.wrapping, .authenticatedContext, .keys]
        place = key.map { "the key \($0.text) of \(client.place)" } ?? client.place
        calls = DeviceCalls(to: client.place, limits: limits)
    }

    func wrap(_ secret: SecretBytes, context: WrapContext) async throws(ProviderError) -> [UInt8] {
        let key = try wrappingKey()
        return try await calls.call(.wrap) { () async throws(ProviderError) -> [UInt8] in
            let text = unsafe secret.withUnsafeBytes { unsafe Base64.encode([UInt8]($0)) }
            let answer = try await client.call(.encrypt, key, ["Plaintext": .string(text)], context)
            guard let wrapped = answer["CiphertextBlob"]?.stringValue.flatMap({ Base64.decode($0) }),
                (1...Self.mostOctets).contains(wrapped.count)
            else { throw client.broken("Encrypt without a ciphertext") }
            return wrapped
        }
    }

    func unwrap(_ wrapped: [UInt8], context: WrapContext) async throws(ProviderError) -> SecretBytes {
        let key = try wrappingKey()
        guard (1...Self.mostOctets).contains(wrapped.count) else {
            throw ProviderError(.refused, "expected a ciphertext of 1 to \(Self.mostOctets) octets")
        }
        return try await calls.call(.unwrap) { () async throws(ProviderError) -> SecretBytes in
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
        guard let key else {
            // No key is sure to be there: that KMS answers us is enough.
            _ = try await client.call(.listKeys, nil, ["Limit": .integer(1)])
            return
        }
        let answer = try await client.call(.describeKey, key)
        guard let metadata = answer["KeyMetadata"]?.objectValue, let state = metadata["KeyState"]?.stringValue
        else {
            throw client.broken("DescribeKey without the state of the key")
        }
        try check(state)
        if let usage = metadata["KeyUsage"]?.stringValue, usage != "ENCRYPT_DECRYPT" {
            throw ProviderError(
                .keyDisabled, "\(place) is for \(AWSFault.printable(usage)); expected a key for ENCRYPT_DECRYPT")
        }
    }

    /// Whether the key may be used in this state.
    private func check(_ state: String) throws(ProviderError) {
        let advice: String
        switch state {
        case "Enabled", "Updating": return
        case "PendingDeletion", "PendingReplicaDeletion":
            advice = "cancel its deletion and enable it, before AWS deletes it and nothing opens what it wrapped"
        case "Unavailable":
            throw ProviderError(.unreachable, "\(place) is \(state): its key store is not connected")
        case "PendingImport": advice = "import its key material"
        default: advice = "enable it"
        }
        throw ProviderError(.keyDisabled, "\(place) is \(AWSFault.printable(state)): \(advice)")
    }

    private func wrappingKey() throws(ProviderError) -> KMSKeyName {
        if let key { return key }
        throw ProviderError(
            .configurationInvalid,
            "\(keySetting) is not set: expected the key that wraps: its id, its ARN, or alias/NAME")
    }

    var statistics: ProviderStatistics { calls.statistics }

    func close() async { await client.credentials.close() }
}
