/// The header of one signature or recipient: what is protected, and what anybody on the way can have changed.
///
/// No name is in more than one part (RFC 7515 section 7.2.1, RFC 7516 section 7.2.1), so that a name has one meaning.
public struct JOSEHeader: Sendable, Equatable {
    /// The members that the signature or the content encryption covers.
    public let protected: JSONObject

    /// The members that nothing covers: in a JWE those shared by all recipients and the recipient's own.
    public let unprotected: JSONObject

    /// - Throws: `header-invalid` if a name is in two parts or a registered member is of the wrong type;
    ///   `header-unprotected` for a member that means nothing without protection.
    init(protected: JSONObject, shared: JSONObject = [:], own: JSONObject = [:]) throws(JOSEError) {
        var unprotected = shared
        for (name, value) in own {
            guard unprotected[name] == nil else { throw Self.twice(name) }
            unprotected[name] = value
        }
        for name in unprotected.names where protected[name] != nil { throw Self.twice(name) }
        // RFC 7515 section 4.1.11, RFC 7797 section 3, RFC 7516 section 4.1.3.
        for name in ["crit", "b64", "zip"] where unprotected[name] != nil {
            throw JOSEError(.headerUnprotected, "\(name) may be in the protected header only")
        }
        self.protected = protected
        self.unprotected = unprotected
        for name in ["alg", "enc", "kid", "typ", "cty"] {
            if let value = self[name], value.stringValue == nil {
                throw JOSEError(.headerInvalid, "expected \(name) in the header to be a string")
            }
        }
    }

    /// A member, wherever it is.
    public subscript(_ name: String) -> JSONValue? { protected[name] ?? unprotected[name] }

    /// All members: the protected ones first.
    public var members: JSONObject {
        var members = protected
        for (name, value) in unprotected { members[name] = value }
        return members
    }

    /// `alg`.
    public var algorithm: String? { self["alg"]?.stringValue }

    /// `enc`.
    public var contentEncryption: String? { self["enc"]?.stringValue }

    /// `kid`. It chooses among keys that are trusted already, and so may be unprotected.
    public var keyID: String? { self["kid"]?.stringValue }

    /// `typ`, if it is protected.
    public var type: String? { protected["typ"]?.stringValue }

    /// `cty`, if it is protected.
    public var contentType: String? { protected["cty"]?.stringValue }

    private static func twice(_ name: String) -> JOSEError {
        JOSEError(.headerInvalid, "\(name.prefix(32)) is in two parts of the header")
    }
}
