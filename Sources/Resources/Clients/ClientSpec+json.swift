package import JOSE

extension ClientSpec {
    /// The spec as JSON, fields in the order of the schema. Holds no secret.
    package func json(_ form: SpecForm) -> JSONObject {
        var fields = FieldWriter(form)
        fields.put("grants", .array(grants.map { .string($0.rawValue) }))
        fields.put("auth", .string(authentication.rawValue))
        fields.put(
            "apis",
            .object(JSONObject(apis.map { ($0.api, .array($0.scopes.map { .string($0) })) })))
        if let publicKeys { fields.put("jwks", publicKeys.json) }
        if let jwksURI { fields.put("jwks_uri", .string(jwksURI)) }
        fields.put("disabled", isDisabled, unless: false)
        return fields.object
    }
}
