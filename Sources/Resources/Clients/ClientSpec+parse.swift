import JOSE

extension ClientSpec {
    /// The most APIs of one client.
    static let mostAPIs = 256

    /// Reads the `spec` of a client. Faults go to the value's collector; nil when a required field has one.
    init?(_ value: FieldValue) {
        guard let fields = FieldReader(value) else { return nil }
        let grants = fields.required("grants") { $0.grants() }
        let authentication = fields.required("auth") {
            $0.choice(of: Authentication.self, refused: Self.laterAuthentications)
        }
        let apis = fields.required("apis") { $0.accessList() }
        let keys = fields.optional("jwks") { PublicKeys($0) }
        let jwksURI = fields.optional("jwks_uri") { $0.keySetURL() }
        fields.refuse("secret", "expected no secret: it is made by the server and shown once")
        fields.refuse("client_secret", "expected no secret: it is made by the server and shown once")
        fields.refuse("redirect_uris", "expected no redirect_uris: only client_credentials is supported yet")
        let isDisabled = fields.optional("disabled", default: false) { $0.bool() }
        switch authentication {
        case .privateKeyJWT where (fields.value("jwks") == nil) == (fields.value("jwks_uri") == nil):
            value.report("expected either jwks or jwks_uri with auth: private_key_jwt")
        case .clientSecretBasic, .clientSecretPost:
            fields.refuse("jwks", "expected jwks only with auth: private_key_jwt")
            fields.refuse("jwks_uri", "expected jwks_uri only with auth: private_key_jwt")
        default:
            break
        }
        fields.end()
        guard let grants, let authentication, let apis else { return nil }
        self.init(
            grants: grants, authentication: authentication, apis: apis, publicKeys: keys, jwksURI: jwksURI,
            isDisabled: isDisabled)
    }

    private static let laterAuthentications = [
        "none": "public clients are not supported yet",
        "client_secret_jwt": "a shared secret may not sign; use private_key_jwt",
        "tls_client_auth": "mutual TLS is not supported yet",
        "self_signed_tls_client_auth": "mutual TLS is not supported yet",
    ]
}

extension FieldValue {
    private static let laterGrants = [
        "authorization_code": "it is not supported yet", "refresh_token": "it is not supported yet",
        "urn:ietf:params:oauth:grant-type:device_code": "it is not supported yet",
        "urn:ietf:params:oauth:grant-type:token-exchange": "it is not supported yet",
        "urn:ietf:params:oauth:grant-type:jwt-bearer": "it is not supported yet",
        "password": "OAuth 2.1 has removed it", "implicit": "OAuth 2.1 has removed it",
    ]

    fileprivate func grants() -> [ClientSpec.Grant]? {
        let names = set(atMost: 16) { item in
            item.choice(of: ClientSpec.Grant.self, refused: Self.laterGrants)?.rawValue
        }
        if case .sequence(let nodes) = node.value, nodes.isEmpty { report("expected at least one grant") }
        return names?.compactMap { ClientSpec.Grant(rawValue: $0) }
    }

    /// Where a client publishes its keys.
    fileprivate func keySetURL() -> String? {
        guard let text = string() else { return nil }
        guard let uri = ResourceURI(text), uri.scheme == "https", uri.host != nil else {
            report("expected an https URL such as https://client.example/jwks")
            return nil
        }
        guard uri.userInformation == nil, uri.fragment == nil else {
            // The value may hold a password: it is not repeated.
            report("expected a URL without user and fragment")
            return nil
        }
        return text
    }

    fileprivate func accessList() -> [ClientSpec.Access]? {
        members(atMost: ClientSpec.mostAPIs)?.compactMap { name, value in
            guard ResourceName.isValid(name) else {
                value.report("expected the name of an API as key: \(ResourceName.expected)")
                return nil
            }
            return value.set(atMost: APISpec.mostScopes) { $0.scope() }.map {
                ClientSpec.Access(api: name, scopes: $0)
            }
        }
    }
}
