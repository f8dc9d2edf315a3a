import JOSE
import KeyManagement

/// How Signet shows who it is.
enum TransitCredentials: Sendable {
    /// A secret that was set, or a file that is read at each login.
    enum Source: Sendable {
        case given(SecretBytes)
        case file(String)

        func read() throws(ProviderError) -> SecretBytes {
            switch self {
            case .given(let secret): secret
            case .file(let path): try TransitSecret.read(path)
            }
        }
    }

    case token(Source)
    case appRole(mount: String, role: String, secret: Source)
    case kubernetes(mount: String, role: String, tokenFile: String)

    /// A request that logs in.
    struct Login: Sendable {
        /// Below `/v1/`.
        let path: String
        let body: SecretBytes
        /// What must not stand in a message.
        let secret: SecretBytes
    }

    /// Where it logs in; nil for a token, which needs no login.
    var path: String? {
        switch self {
        case .token: nil
        case .appRole(let mount, _, _), .kubernetes(let mount, _, _): "auth/\(mount)/login"
        }
    }

    /// Whether tokens come of a login, and as many as are needed.
    var isLogin: Bool { path != nil }

    /// What to look at when the login is refused.
    var advice: String {
        switch self {
        case .token: "check token or token_file"
        case .appRole: "check role_id and secret_id: a secret id may have expired, or been used as often as it may be"
        case .kubernetes: "check role, and that the role is bound to this pod's service account and namespace"
        }
    }

    /// The login request of a role; nil for a token.
    /// - Throws: `provider-configuration-invalid` for a file that can't be read.
    func login() throws(ProviderError) -> Login? {
        let secret: SecretBytes
        var members: JSONObject
        switch self {
        case .token: return nil
        case .appRole(_, let role, let source):
            secret = try source.read()
            members = ["role_id": .string(role), "secret_id": .string(TransitSecret.text(secret))]
        case .kubernetes(_, let role, let file):
            secret = try TransitSecret.read(file)
            members = ["role": .string(role), "jwt": .string(TransitSecret.text(secret))]
        }
        var body = members.serialized()
        defer { wipe(&body) }
        members = JSONObject()
        return path.map { Login(path: $0, body: SecretBytes(body), secret: secret) }
    }
}
