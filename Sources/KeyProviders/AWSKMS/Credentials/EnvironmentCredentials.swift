import KeyManagement

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials {
    private let environment: AWSEnvironment

    init(_ environment: AWSEnvironment) {
        self.environment = environment
    }

    func fetch() throws(ProviderError) -> AWSCredentials? {
        let id = environment["AWS_ACCESS_KEY_ID"]
        let secret = environment["AWS_SECRET_ACCESS_KEY"]
        if id == nil, secret == nil { return nil }
        guard let id, let secret else {
            throw ProviderError(
                .configurationInvalid, "expected both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither")
        }
        let read = AWSCredentials(
            id: id, secret: secret, token: environment["AWS_SESSION_TOKEN"], origin: "AWS_ACCESS_KEY_ID")
        guard let read else {
            throw ProviderError(
                .configurationInvalid,
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN holds white space or other characters "
                    + "that no access key has")
        }
        return read
    }
}
