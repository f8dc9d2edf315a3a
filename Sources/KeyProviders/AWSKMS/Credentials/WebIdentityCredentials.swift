import Egress
import KeyManagement

/// The credentials of a role, for a token that the platform writes into a file: STS AssumeRoleWithWebIdentity, unsigned.
struct WebIdentityCredentials {
    /// The longest token that STS takes.
    private static let mostTokenBytes = 20_000

    private let environment: AWSEnvironment
    private let region: String
    private let exchanges: AWSExchanges

    init(_ environment: AWSEnvironment, region: String, _ exchanges: AWSExchanges) {
        self.environment = environment
        self.region = region
        self.exchanges = exchanges
    }

    func fetch() async throws(ProviderError) -> AWSCredentials? {
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
        guard let role = environment["AWS_ROLE_ARN"] else {
            throw ProviderError(.configurationInvalid, "expected AWS_ROLE_ARN beside AWS_WEB_IDENTITY_TOKEN_FILE")
        }
        let endpoint =
            environment["AWS_ENDPOINT_URL_STS"].map { url in AWSEndpoint(Self.withoutSlash(url)) }
            ?? .service("sts", region: region)
        guard let endpoint else {
            throw ProviderError(
                .configurationInvalid, "expected https:// with a host and nothing more in AWS_ENDPOINT_URL_STS")
        }
        // Read anew each time: the platform replaces it before it expires.
        let token = try AWSFile.token(of: file, atMost: Self.mostTokenBytes)
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", environment["AWS_ROLE_SESSION_NAME"] ?? "signet"), ("WebIdentityToken", token),
        ]
        let body = form.map { "\($0.0)=\(AWSPercent.encode($0.1))" }.joined(separator: "&")
        let place = "AWS STS at \(endpoint.url)"
        let response = try await exchanges.fetch(
            EgressRequest(
                "POST", endpoint.url + "/", fields: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(body.utf8)),
            from: place)
        guard response.status == 200 else {
            throw AWSFault(response).error(
                from: place, action: "sts:AssumeRoleWithWebIdentity for AWS_ROLE_ARN",
                origin: "AWS_WEB_IDENTITY_TOKEN_FILE")
        }
        return try Self.read(XMLFields(response.body), origin: "the web identity of \(AWSFault.printable(role))", place)
    }

    private static func read(
        _ fields: XMLFields, origin: String, _ place: String
    ) throws(ProviderError) -> AWSCredentials {
        guard let id = fields["AccessKeyId"], let secret = fields["SecretAccessKey"],
            let token = fields["SessionToken"],
            let expiration = fields["Expiration"].flatMap({ AWSTime($0) }),
            let read = AWSCredentials(id: id, secret: secret, token: token, expiration: expiration, origin: origin)
        else { throw ProviderError(.answerBroken, "\(place) answered without credentials") }
        return read
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
