import KeyManagement

/// AWS KMS as a kind of provider: reads the settings below `root_key.aws_kms`.
///
/// The name has an underscore since the names of environment variables have no hyphen.
enum AWSKMSKind: ProviderKind {
    static let name = "aws_kms"

    static func make(_ settings: inout ProviderSettings) -> (any KeyProvider)? {
        make(&settings, environment: .process, exchanges: .live)
    }

    static func make(
        _ settings: inout ProviderSettings, environment: AWSEnvironment, exchanges: AWSExchanges
    ) -> (any KeyProvider)? {
        let key = key(&settings)
        let region = region(&settings, key: key, environment)
        let endpoint = endpoint(&settings, region: region)
        let profile = settings.text("profile")
        let source = source(&settings, profile: profile)
        guard settings.faults.isEmpty, let region, let endpoint else { return nil }
        let chain = AWSCredentialChain(
            only: source, profile: profile ?? environment["AWS_PROFILE"], region: region, environment: environment,
            exchanges: exchanges)
        let client = KMSClient(
            endpoint: endpoint, region: region,
            credentials: AWSCredentialCache { await chain.result() },
            send: exchanges.service)
        return AWSKMSProvider(key: key, client: client, keySetting: "\(settings.path).key")
    }

    /// Needed by what wraps the root key; key pairs need none.
    private static func key(_ settings: inout ProviderSettings) -> KMSKeyName? {
        let expected = "a key's id, its ARN, or alias/NAME"
        guard settings.uses.contains(.rootKey) || settings.text("key") != nil else { return nil }
        guard let text = settings.required("key", expected) else { return nil }
        if let key = KMSKeyName(text) { return key }
        settings.fault("key", "expected \(expected)")
        return nil
    }

    /// The key's own region comes before that of the environment: elsewhere there is no such key.
    private static func region(
        _ settings: inout ProviderSettings, key: KMSKeyName?, _ environment: AWSEnvironment
    ) -> String? {
        let given = settings.text("region")
        if let given, let own = key?.region, given != own {
            settings.fault("region", "expected \(own), the region of the ARN in \(settings.path).key")
            return nil
        }
        let found = given ?? key?.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
        if let found, KMSKeyName.isRegion(found) { return found }
        settings.fault(
            "region",
            "expected a region such as eu-central-1, here, in AWS_REGION, or by an ARN in \(settings.path).key")
        return nil
    }

    /// A profile that stands in the settings is meant, whatever the environment holds.
    private static func source(_ settings: inout ProviderSettings, profile: String?) -> AWSCredentialSource? {
        let words = AWSCredentialSource.allCases.map(\.rawValue)
        let chosen = settings.choice("credentials", of: words).flatMap { AWSCredentialSource(rawValue: $0) }
        guard profile != nil else { return chosen }
        if let chosen, chosen != .profile {
            settings.fault("profile", "expected no profile with credentials: \(chosen.rawValue)")
        }
        return .profile
    }

    private static func endpoint(_ settings: inout ProviderSettings, region: String?) -> AWSEndpoint? {
        guard let text = settings.url("endpoint") else { return region.flatMap { .service("kms", region: $0) } }
        if let endpoint = AWSEndpoint(text) { return endpoint }
        settings.fault("endpoint", "expected https:// with a host and nothing more; http:// for this machine only")
        return nil
    }
}
