import Egress
import KeyManagement

/// The credentials of a task's or a pod's role, from the agent beside it.
struct ContainerCredentials {
    private static let mostTokenBytes = 20_000

    private let environment: AWSEnvironment
    private let exchanges: AWSExchanges

    init(_ environment: AWSEnvironment, _ exchanges: AWSExchanges) {
        self.environment = environment
        self.exchanges = exchanges
    }

    func fetch() async throws(ProviderError) -> AWSCredentials? {
        guard let url = try url() else { return nil }
        var fields = [(name: "Accept", value: "application/json")]
        if let token = try token() { fields.append(("Authorization", token)) }
        let origin = "the container's credentials endpoint"
        let response = try await exchanges.fetch(EgressRequest("GET", url, fields: fields), from: origin)
        // The body of a refusal is its own matter and shown to nobody.
        switch response.status {
        case 200: break
        case 401, 403:
            throw ProviderError(
                .denied, "\(origin) gives none (\(response.status)): check AWS_CONTAINER_AUTHORIZATION_TOKEN or …_FILE")
        default:
            throw AWSFault(status: response.status, code: "").error(
                from: origin, action: "the request for credentials", origin: "")
        }
        return try AWSCredentials(document: response.body, origin: origin)
    }

    private func url() throws(ProviderError) -> String? {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            // Without the slash it could become a part of the host.
            guard path.hasPrefix("/") else {
                throw ProviderError(
                    .configurationInvalid, "expected a path from / in AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            }
            return "http://169.254.170.2" + path
        }
        return environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    }

    private func token() throws(ProviderError) -> String? {
        // A file's token is renewed; it is read anew each time, and comes before the other.
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            return try AWSFile.token(of: file, atMost: Self.mostTokenBytes)
        }
        return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    }
}
