import JOSE

/// The field lines by which an upstream learns who calls.
///
/// Only the gateway states them: whatever a client sends under `X-Signet-` is dropped on every route, guarded or not.
enum IdentityHeaders {
    /// The most octets of the value of `X-Signet-Claims`.
    static let maximumClaimsBytes = 4096

    /// Those claims of a token that an API lists, in the order of the list.
    static func listedClaims(_ names: [String], of claims: JWTClaims) -> JSONObject {
        var listed = JSONObject()
        for name in names {
            if let value = claims[name] { listed[name] = value }
        }
        return listed
    }

    /// The lines, CRLFs included.
    ///
    /// Values are percent-encoded; in `X-Signet-Scope` each scope is, with spaces between them.
    ///
    /// - Returns: nil when the listed claims don't fit: to leave some out would let the upstream decide on half of them.
    static func lines(for claims: CheckedClaims, listed: JSONObject) -> [UInt8]? {
        var lines: [UInt8] = []
        append("X-Signet-Subject", PercentCoding.encode(claims.subject), to: &lines)
        append("X-Signet-Client", PercentCoding.encode(claims.clientID), to: &lines)
        if !claims.scope.isEmpty {
            let scopes = claims.scope.split(separator: " ").map { PercentCoding.encode(String($0)) }
            append("X-Signet-Scope", Array(scopes.joined(separator: [Octet.space])), to: &lines)
        }
        if listed.isEmpty { return lines }
        let value = Array(Base64URL.encode(JSONValue.object(listed).serialized()).utf8)
        guard value.count <= maximumClaimsBytes else { return nil }
        append("X-Signet-Claims", value, to: &lines)
        return lines
    }

    private static func append(_ name: String, _ value: [UInt8], to lines: inout [UInt8]) {
        lines.append(contentsOf: name.utf8)
        lines.append(contentsOf: ": ".utf8)
        lines.append(contentsOf: value)
        lines.append(contentsOf: "\r\n".utf8)
    }
}
