package import JOSE

extension APISpec {
    /// The spec as JSON, fields in the order of the schema.
    package func json(_ form: SpecForm) -> JSONObject {
        let base = APISpec(audience: audience, upstreams: upstreams, routes: routes)
        var fields = FieldWriter(form)
        fields.put("type", .string(type.rawValue))
        fields.put("audience", .string(audience))
        fields.put("scopes", scopes, unless: [])
        fields.put("token", .object(token.json(form)))
        fields.put("forward", .string(forward.rawValue))
        fields.put("claims", claims, unless: [])
        fields.put("upstreams", .array(upstreams.map { ["url": .string($0.url)] }))
        fields.put("routes", .array(routes.map { .object($0.json(form)) }))
        fields.put("introspectors", introspectors, unless: [])
        if form == .full || timeouts != base.timeouts { fields.put("timeouts", .object(timeouts.json(form))) }
        if form == .full || limits != base.limits { fields.put("limits", .object(limits.json())) }
        return fields.object
    }
}

extension TokenPolicy {
    fileprivate func json(_ form: SpecForm) -> JSONObject {
        let base = TokenPolicy(profile: profile)
        var fields = FieldWriter(form)
        fields.put("profile", .string(profile.rawValue))
        fields.put("signing", signing.rawValue, unless: base.signing.rawValue)
        fields.put("encryption", encryption.rawValue, unless: base.encryption.rawValue)
        if let curve { fields.put("curve", curve, unless: Self.defaultCurve) }
        fields.put("content", content.rawValue, unless: base.content.rawValue)
        fields.put("lifetime", .string(lifetime.description))
        fields.put("recipient", .string(recipient.rawValue))
        fields.put("binding", .string(binding.rawValue))
        return fields.object
    }
}

extension Route {
    fileprivate func json(_ form: SpecForm) -> JSONObject {
        var fields = FieldWriter(form)
        fields.put("hosts", hosts, unless: [])
        switch path {
        case .prefix(let text): fields.put("path", ["prefix": .string(text)])
        case .exact(let text): fields.put("path", ["exact": .string(text)])
        }
        fields.put("methods", methods, unless: [])
        fields.put("scopes", scopes, unless: [])
        fields.put("access", access.rawValue, unless: Access.token.rawValue)
        fields.put("strip_prefix", stripPrefix, unless: false)
        return fields.object
    }
}

extension APISpec.Timeouts {
    fileprivate func json(_ form: SpecForm) -> JSONObject {
        let base = APISpec.Timeouts()
        var fields = FieldWriter(form)
        fields.put("connect", connect.description, unless: base.connect.description)
        fields.put("response", response.description, unless: base.response.description)
        fields.put("idle", idle.description, unless: base.idle.description)
        return fields.object
    }
}

extension APISpec.Limits {
    fileprivate func json() -> JSONObject {
        var fields = FieldWriter(.full)
        if let bodyBytes { fields.put("body_bytes", .string(bodyBytes.description)) }
        return fields.object
    }
}
