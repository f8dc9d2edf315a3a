import KeyManagement

/// A section of the credentials file.
///
/// Access keys only: a profile that names a role, a program or a sign-on is not followed.
struct ProfileCredentials {
    /// The longest file.
    static let maximumBytes = 256 * 1024

    private let path: String?
    private let profile: String

    init(_ environment: AWSEnvironment, profile: String?) {
        path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? environment["HOME"].map { "\($0)/.aws/credentials" }
        self.profile = profile ?? "default"
    }

    /// Nil when there is no such file or section, and need not be.
    func fetch(mustExist: Bool) throws(ProviderError) -> AWSCredentials? {
        guard let path, let text = try CredentialFile.contents(of: path, atMost: Self.maximumBytes) else {
            guard mustExist else { return nil }
            throw ProviderError(.configurationInvalid, "there is no \(path ?? "~/.aws/credentials (HOME is not set)")")
        }
        let place = "profile \(AWSFault.printable(profile)) in \(path)"
        guard let section = try ProfileFile(text, path: path)[profile] else {
            guard mustExist else { return nil }
            throw ProviderError(.configurationInvalid, "there is no \(place)")
        }
        guard let id = section["aws_access_key_id"], let secret = section["aws_secret_access_key"] else {
            guard mustExist || section["aws_access_key_id"] != nil || section["aws_secret_access_key"] != nil else {
                return nil
            }
            throw ProviderError(
                .configurationInvalid,
                "expected aws_access_key_id and aws_secret_access_key in \(place); roles and "
                    + "sign-on in profiles are not supported")
        }
        let token = section["aws_session_token"].flatMap { $0.isEmpty ? nil : $0 }
        guard let read = AWSCredentials(id: id, secret: secret, token: token, origin: place) else {
            throw ProviderError(.configurationInvalid, "the \(place) holds no access key: empty, or white space in it")
        }
        return read
    }
}
