import JOSE
import Resources

/// What a client may know of this server before it talks to it (RFC 8414). Only what is true is said.
enum ServerMetadata {
    /// - Parameter issuer: an origin without a final slash.
    static func document(issuer: String) -> PublicDocument {
        let methods = JSONValue.array(ClientSpec.Authentication.allCases.map { .string($0.rawValue) })
        let algorithms = JSONValue.array(ClientKeys.algorithms.map { .string($0.rawValue) })
        var metadata: JSONObject = [
            "issuer": .string(issuer),
            "token_endpoint": .string(issuer + OAuthEndpoint.token.path),
            "jwks_uri": .string(issuer + "/oauth/jwks"),
            "introspection_endpoint": .string(issuer + OAuthEndpoint.introspect.path),
            "revocation_endpoint": .string(issuer + OAuthEndpoint.revoke.path),
            "grant_types_supported": .array(ClientSpec.Grant.allCases.map { .string($0.rawValue) }),
            // Required by section 2, though there is no authorization endpoint: readers refuse a document without it.
            "response_types_supported": [],
        ]
        for endpoint in ["token", "introspection", "revocation"] {
            metadata["\(endpoint)_endpoint_auth_methods_supported"] = methods
            metadata["\(endpoint)_endpoint_auth_signing_alg_values_supported"] = algorithms
        }
        return PublicDocument(metadata.serialized())
    }
}
