import Egress
import KeyManagement

/// The credentials of the instance's role, from EC2's metadata service, version 2: only who can send a PUT and read the
/// answer gets the token for them, which a request forged through a server can't.
struct InstanceCredentials {
    private static let origin = "EC2's instance metadata"

    private let environment: AWSEnvironment
    private let exchanges: AWSExchanges

    init(_ environment: AWSEnvironment, _ exchanges: AWSExchanges) {
        self.environment = environment
        self.exchanges = exchanges
    }

    func fetch() async throws(ProviderError) -> AWSCredentials? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let token = try await ask("PUT", "/latest/api/token", ("X-aws-ec2-metadata-token-ttl-seconds", "60"))
        let field = (name: "X-aws-ec2-metadata-token", value: try Self.line(token))
        let roles = "/latest/meta-data/iam/security-credentials/"
        let role = try Self.line(try await ask("GET", roles, field))
        // It becomes a part of a path.
        guard role.utf8.allSatisfy(Self.isRoleCharacter) else { throw Self.broken }
        let document = try await ask("GET", roles + role, field)
        return try AWSCredentials(document: document, origin: "the instance's role \(role)")
    }

    private func ask(
        _ method: String, _ path: String, _ field: (name: String, value: String)
    ) async throws(ProviderError) -> [UInt8] {
        let request = EgressRequest(method, base + path, fields: [field])
        let response = try await exchanges.fetch(request, from: Self.origin)
        switch response.status {
        case 200: return response.body
        case 404: throw ProviderError(.denied, "\(Self.origin) has no credentials: give the instance a role")
        case 401, 403:
            throw ProviderError(.denied, "\(Self.origin) is closed (\(response.status)): enable it with version 2")
        default: throw AWSFault(status: response.status, code: "").error(from: Self.origin, action: path, origin: "")
        }
    }

    private var base: String {
        if let given = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] {
            return given.hasSuffix("/") ? String(given.dropLast()) : given
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    /// The first line of an answer that is one short text.
    private static func line(_ body: [UInt8]) throws(ProviderError) -> String {
        let line = body.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard (1...1024).contains(line.count), line.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw broken }
        return String(decoding: line, as: UTF8.self)
    }

    private static func isRoleCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+=,.@-".utf8.contains(octet)
        }
    }

    private static let broken = ProviderError(
        .answerBroken, "\(origin) answered something else than a token or a role")
}
