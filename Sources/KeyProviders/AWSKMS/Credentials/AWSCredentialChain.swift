import KeyManagement

/// Finds credentials: those of the one source that was chosen, or of the first that is set up.
///
/// A source that is set up and fails is a failure: going on with the next would act as somebody else.
struct AWSCredentialChain: Sendable {
    /// The chosen source; nil: the first that is set up.
    let only: AWSCredentialSource?
    /// The profile that somebody named.
    let profile: String?
    let region: String
    let environment: AWSEnvironment
    let exchanges: AWSExchanges

    func fetch() async throws(ProviderError) -> AWSCredentials {
        if let only {
            if let found = try await fetch(from: only) { return found }
            throw ProviderError(.configurationInvalid, "no AWS credentials: \(Self.advice(only))")
        }
        for source in AWSCredentialSource.allCases where source != .instance {
            if let found = try await fetch(from: source) { return found }
        }
        let advice = AWSCredentialSource.allCases.map { Self.advice($0) }.joined(separator: "; or ")
        do throws(ProviderError) {
            if let found = try await fetch(from: .instance) { return found }
        } catch {
            throw ProviderError(error.code, "no AWS credentials were found: \(error.reason); otherwise \(advice)")
        }
        throw ProviderError(.configurationInvalid, "no AWS credentials were found: \(advice)")
    }

    /// What ``fetch()`` answers or throws.
    func result() async -> Result<AWSCredentials, ProviderError> {
        do throws(ProviderError) { return .success(try await fetch()) } catch { return .failure(error) }
    }

    /// Nil when the source is not set up.
    private func fetch(from source: AWSCredentialSource) async throws(ProviderError) -> AWSCredentials? {
        switch source {
        case .environment: try EnvironmentCredentials(environment).fetch()
        case .profile:
            try ProfileCredentials(environment, profile: profile).fetch(mustExist: profile != nil || only == .profile)
        case .webIdentity: try await WebIdentityCredentials(environment, region: region, exchanges).fetch()
        case .container: try await ContainerCredentials(environment, exchanges).fetch()
        case .instance: try await InstanceCredentials(environment, exchanges).fetch()
        }
    }

    private static func advice(_ source: AWSCredentialSource) -> String {
        switch source {
        case .environment: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case .profile: "write aws_access_key_id and aws_secret_access_key into ~/.aws/credentials"
        case .webIdentity: "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN"
        case .container:
            "give the task or the pod a role, which sets AWS_CONTAINER_CREDENTIALS_FULL_URI or …_RELATIVE_URI"
        case .instance: "give the instance a role and leave AWS_EC2_METADATA_DISABLED unset"
        }
    }
}
