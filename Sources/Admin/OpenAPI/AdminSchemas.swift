import JOSE
import KeyManagement
import Problems
import Resources

/// The JSON schemas of bodies and answers. The words of enumerations come from the types that the validator uses.
enum AdminSchemas {
    static var all: JSONObject {
        var schemas: JSONObject = [
            "API": resource(.api, spec: "APISpec"), "Client": resource(.client, spec: "ClientSpec"),
            "APISpec": apiSpec, "TokenPolicy": tokenPolicy, "Route": route, "ClientSpec": clientSpec,
            "Document": document,
            "Documents": object(["documents": list(of: reference("Document"))], required: ["documents"]),
            "ApplyResult": applyResult, "ClientSecret": clientSecret, "Revision": revision, "Key": key,
            "KeyList": object(["items": list(of: reference("Key"))], required: ["items"]),
            "Rotation": object(
                [
                    "ring": text("The id of a ring, `all` rings, or `root`: the root key."),
                    "emergency": [
                        "type": "boolean",
                        "description": "Revoke the old versions and every token that they made, at once.",
                    ],
                    "reason": text("Why, for the audit log; with `emergency`."),
                ], required: ["ring"], isClosed: true),
            "RotationResult": rotationResult, "Rewrap": rewrap,
            "Preparation": object(
                ["ring": text("The id of a ring, or `all`.")], required: ["ring"], isClosed: true),
            "KeyExport": object(
                ["wrap_to": ["type": "object", "description": "A public key (JWK) for RSA-OAEP or ECDH-ES."]],
                required: ["wrap_to"], isClosed: true),
            "ExportedKey": object(
                ["kid": ["type": "string"], "jwe": text("A compact JWE around the private JWK.")],
                required: ["kid", "jwe"]),
            "KeyTimelines": keyTimelines,
            "Reason": object(["reason": text("Why, for the audit log.")], isClosed: true),
            "NewRevocation": object(
                [
                    "kind": words(Revocation.Kind.allCases.map(\.rawValue)),
                    "value": ["type": "string", "minLength": 1, "maxLength": 512],
                    "reason": text("Why, for the audit log."),
                ], required: ["kind", "value"], isClosed: true),
            "Revocation": revocation, "AuditEntry": auditEntry, "Problem": problem,
            "OpenAPI": ["type": "object"],
        ]
        for (page, item) in [
            ("APIPage", "API"), ("ClientPage", "Client"), ("RevisionPage", "Revision"), ("KeyPage", "Key"),
            ("RevocationPage", "Revocation"), ("AuditPage", "AuditEntry"),
        ] {
            schemas[page] = object(
                ["items": list(of: reference(item)), "next": ["type": ["string", "null"]]],
                required: ["items", "next"])
        }
        return schemas
    }

    // MARK: Resources

    private static func resource(_ kind: ResourceKind, spec: String) -> JSONValue {
        object(
            [
                "kind": ["const": .string(kind.rawValue)], "name": name, "revision": ["type": "integer", "minimum": 1],
                "spec": reference(spec), "created_at": time, "updated_at": time,
                "client_secret": text("Only in the answer that created a client with a secret."),
            ], required: ["spec"])
    }

    private static var document: JSONValue {
        let choices: [JSONValue] = [(ResourceKind.api, "APISpec"), (.client, "ClientSpec")].map { kind, spec in
            object(
                ["kind": ["const": .string(kind.rawValue)], "name": name, "spec": reference(spec)],
                required: ["kind", "name", "spec"], isClosed: true)
        }
        return ["oneOf": .array(choices)]
    }

    private static var apiSpec: JSONValue {
        object(
            [
                "type": words(APISpec.ServiceType.allCases.map(\.rawValue)),
                "audience": ["type": "string", "format": "uri"], "scopes": texts, "token": reference("TokenPolicy"),
                "forward": words(APISpec.Forward.allCases.map(\.rawValue)), "claims": texts,
                "upstreams": list(
                    of: object(
                        ["url": ["type": "string", "format": "uri"]], required: ["url"], isClosed: true)),
                "routes": list(of: reference("Route")), "introspectors": list(of: name),
                "timeouts": object(["connect": duration, "response": duration, "idle": duration], isClosed: true),
                "limits": object(
                    [
                        "body_bytes": [
                            "type": ["string", "integer"],
                            "description": "Octets, or a size such as 64KiB or 10MB; absent: no limit.",
                        ]
                    ], isClosed: true),
            ], required: ["type", "audience", "upstreams", "routes"], isClosed: true)
    }

    private static var tokenPolicy: JSONValue {
        object(
            [
                "profile": words(TokenPolicy.Profile.allCases.map(\.rawValue)),
                "signing": words(SignatureAlgorithm.allCases.map(\.rawValue)),
                "encryption": words(KeyManagementAlgorithm.forKeys.map(\.rawValue)),
                "curve": words(TokenPolicy.curves),
                "content": words(ContentEncryptionAlgorithm.allCases.map(\.rawValue)),
                "lifetime": duration, "recipient": words(TokenPolicy.Recipient.allCases.map(\.rawValue)),
                "binding": words(TokenPolicy.Binding.allCases.map(\.rawValue)),
            ], isClosed: true)
    }

    private static var route: JSONValue {
        let path: JSONValue = [
            "oneOf": [
                object(["prefix": text("This path and all below it.")], required: ["prefix"], isClosed: true),
                object(["exact": text("This path alone.")], required: ["exact"], isClosed: true),
            ]
        ]
        return object(
            [
                "hosts": texts, "path": path, "methods": texts, "scopes": texts,
                "access": words(Route.Access.allCases.map(\.rawValue)), "strip_prefix": ["type": "boolean"],
            ], required: ["path"], isClosed: true)
    }

    private static var clientSpec: JSONValue {
        object(
            [
                "grants": list(of: words(ClientSpec.Grant.allCases.map(\.rawValue))),
                "auth": words(ClientSpec.Authentication.allCases.map(\.rawValue)),
                "apis": ["type": "object", "additionalProperties": texts],
                "jwks": object(["keys": list(of: ["type": "object"])], required: ["keys"], isClosed: true),
                "jwks_uri": ["type": "string", "format": "uri"],
                "disabled": ["type": "boolean"],
            ], required: ["grants", "auth", "apis"], isClosed: true)
    }

    private static var applyResult: JSONValue {
        let change = object(
            [
                "kind": words(ResourceKind.allCases.map(\.rawValue)), "name": name,
                "action": words(ApplyResult.Action.allCases.map(\.rawValue)),
                "revision": ["type": ["integer", "null"]],
            ], required: ["kind", "name", "action", "revision"])
        return object(
            [
                "dry_run": ["type": "boolean"], "changes": list(of: change),
                "secrets": list(of: reference("ClientSecret")),
                "issuer": text("The authorization server, where clients get their tokens."),
            ],
            required: ["dry_run", "changes", "secrets", "issuer"])
    }

    private static var clientSecret: JSONValue {
        object(
            [
                "client_id": name, "client_secret": text("Shown now and never again."),
                "issuer": text("Where the client gets its tokens."),
            ],
            required: ["client_id", "client_secret"])
    }

    private static var revision: JSONValue {
        object(
            [
                "revision": ["type": "integer"], "spec": ["type": ["object", "null"]], "actor": ["type": "string"],
                "created_at": time,
            ], required: ["revision", "spec", "actor", "created_at"])
    }

    // MARK: Keys, revocations, audit

    private static var key: JSONValue {
        object(
            [
                "ring": text("The ring's id."), "owner": ["type": "string"],
                "purpose": words(KeyPurpose.allCases.map(\.rawValue)), "algorithm": ["type": "string"],
                "curve": ["type": "string"], "custody": words(KeyCustody.allCases.map(\.rawValue)),
                "number": ["type": "integer"], "kid": ["type": "string"],
                "state": words(KeyState.allCases.map(\.rawValue)),
                "damage": text("Why what is stored of its private half can't be used, if so."),
                "created_at": time, "published_at": time, "activated_at": time, "superseded_at": time,
                "retires_at": time, "revoked_at": time,
                "destroys_at": time, "public_jwk": ["type": "object"],
            ], required: ["ring", "owner", "purpose", "algorithm", "custody", "number", "kid", "state", "created_at"])
    }

    private static var rotationResult: JSONValue {
        object(
            [
                "items": list(of: reference("Key")),
                "without_key": [
                    "type": "array", "items": ["type": "string"],
                    "description":
                        "Rings that have no key until their device makes one, which it is asked for by itself.",
                ],
                "root_key": object(
                    ["id": text("The new root key."), "previous": text("The one before it.")],
                    required: ["id", "previous"]),
            ], required: ["items"])
    }

    private static var rewrap: JSONValue {
        let failure = object(
            [
                "table": ["type": "string"], "row": text("The row's primary key, such as a kid."),
                "code": text("Why the value does not open, or why its device did not wrap it anew."),
            ], required: ["table", "row", "code"])
        return object(
            [
                "state": words(RewrapProgress.State.allCases.map(\.rawValue)),
                "total": [
                    "type": "integer", "description": "Sealed values when it began, and keys that a device has sealed.",
                ],
                "done": ["type": "integer", "description": "What was looked at of them so far."],
                "failed": [
                    "type": "integer", "description": "What failed of them; it and the old data keys are kept.",
                ],
                "failures": list(of: failure), "data_key": text("The id of the new data key."),
                "started_at": time, "ended_at": time,
            ], required: ["state", "total", "done", "failed", "failures"])
    }

    private static var keyTimelines: JSONValue {
        let event = object(
            [
                "event": words(KeyTimeline.What.allCases.map(\.rawValue)), "at": time,
                "planned": ["type": "boolean"],
            ], required: ["event", "at", "planned"])
        let version = object(
            [
                "number": ["type": "integer"], "kid": ["type": ["string", "null"]],
                "state": ["type": ["string", "null"]], "events": list(of: event),
            ], required: ["number", "kid", "state", "events"])
        let ring = object(
            ["ring": text("The ring's id."), "versions": list(of: version)], required: ["ring", "versions"])
        return object(["rings": list(of: ring)], required: ["rings"])
    }

    private static var revocation: JSONValue {
        object(
            [
                "kind": words(Revocation.Kind.allCases.map(\.rawValue)), "value": ["type": "string"],
                "not_before": time, "expires_at": time, "reason": ["type": "string"],
                "sequence": ["type": "integer"], "actor": ["type": "string"], "created_at": time,
            ], required: ["kind", "value", "expires_at", "reason"])
    }

    private static var auditEntry: JSONValue {
        object(
            [
                "sequence": ["type": "integer"], "at": time, "actor": ["type": "string"], "action": ["type": "string"],
                "target": ["type": "string"], "detail": ["type": "object"],
            ], required: ["sequence", "at", "actor", "action", "target", "detail"])
    }

    private static var problem: JSONValue {
        let fault = object(
            ["path": ["type": "string"], "message": ["type": "string"], "location": ["type": "string"]],
            required: ["path", "message"])
        return object(
            [
                "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
                "code": words(ProblemCode.allCases.filter { $0.surface != .gateway }.map(\.rawValue)),
                "detail": ["type": "string"], "request_id": ["type": "string"], "errors": list(of: fault),
            ], required: ["type", "title", "status", "code"])
    }

    // MARK: Parts

    private static let name: JSONValue = ["type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}$"]
    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static let duration: JSONValue = ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
    private static let texts: JSONValue = ["type": "array", "items": ["type": "string"]]

    private static func text(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }

    private static func words(_ words: [String]) -> JSONValue { ["enum": .array(words.map { .string($0) })] }

    private static func list(of item: JSONValue) -> JSONValue { ["type": "array", "items": item] }

    private static func reference(_ schema: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(schema)")]
    }

    private static func object(
        _ properties: JSONObject, required: [String] = [], isClosed: Bool = false
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        if isClosed { schema["additionalProperties"] = false }
        return .object(schema)
    }
}
