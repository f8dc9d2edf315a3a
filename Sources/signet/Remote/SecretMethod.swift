import ArgumentParser
import Resources

/// How a client sends its secret to the token endpoint (RFC 6749 section 2.3.1, RFC 7591 section 2).
enum SecretMethod: String, ExpressibleByArgument, CaseIterable, Hashable, Sendable {
    /// As HTTP Basic credentials.
    case basic = "client_secret_basic"
    /// In the form.
    case post = "client_secret_post"

    /// nil for a client that has no secret.
    init?(_ authentication: ClientSpec.Authentication) {
        switch authentication {
        case .clientSecretBasic: self = .basic
        case .clientSecretPost: self = .post
        case .privateKeyJWT: return nil
        }
    }
}

extension SecretMethod {
    /// The ways of the clients that documents describe, by client id.
    static func ofClients(in documents: [ResourceDocument]) -> [String: SecretMethod] {
        var methods: [String: SecretMethod] = [:]
        for document in documents {
            if case .client(let spec) = document.content {
                methods[document.name] = SecretMethod(spec.authentication)
            }
        }
        return methods
    }
}
