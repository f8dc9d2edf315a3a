/// The header extensions that a recipient understands (`crit`, RFC 7515 section 4.1.11).
///
/// A token whose `crit` names another is refused: its sender says that whoever does not understand the extension must
/// not accept it. Without handlers that is every extension but `b64`, which this library understands itself.
public struct CriticalExtensions: Sendable {
    /// Checks one extension's value; it refuses the token by throwing.
    /// - Parameters:
    ///   - value: the member's value.
    ///   - header: the protected header.
    public typealias Handler = @Sendable (_ value: JSONValue, _ header: JSONObject) throws(JOSEError) -> Void

    private let handlers: [(name: String, handler: Handler)]

    /// Understands nothing.
    public static let none = CriticalExtensions([])

    /// Understands the extensions that handlers are given for, by the exact names of the members.
    public init(_ handlers: [(name: String, handler: Handler)]) {
        self.handlers = handlers
    }

    /// Checks the protected header's `crit`, and the extensions that it names.
    /// - Parameter understandsB64: whether `b64` may be among them, as in a JWS and never in a JWE.
    /// - Throws: `header-invalid` if `crit` is not a list of names, is empty, names something twice, something that is
    ///   not in the protected header or what no extension may be called; `crit-unknown`; what a handler throws.
    func check(_ protected: JSONObject, understandsB64: Bool) throws(JOSEError) {
        guard let crit = protected["crit"] else { return }
        let names = try Self.names(crit)
        for name in names {
            guard !Self.registered.contains(where: { isSameText($0, name) }) else {
                throw JOSEError(.headerInvalid, "crit names \(name), which is no extension")
            }
            guard let value = protected[name] else {
                throw JOSEError(.headerInvalid, "crit names \(name.prefix(32)), which the protected header lacks")
            }
            if understandsB64, isSameText(name, "b64") { continue }
            guard let known = handlers.first(where: { isSameText($0.name, name) }) else {
                throw JOSEError(.criticalUnknown, "crit names \(name.prefix(32)), which is not understood")
            }
            try known.handler(value, protected)
        }
    }

    private static func names(_ crit: JSONValue) throws(JOSEError) -> [String] {
        guard let elements = crit.arrayValue, !elements.isEmpty else {
            throw JOSEError(.headerInvalid, "expected crit to be a list of names")
        }
        var names: [String] = []
        for element in elements {
            guard let name = element.stringValue else {
                throw JOSEError(.headerInvalid, "expected crit to be a list of names")
            }
            guard !names.contains(where: { isSameText($0, name) }) else {
                throw JOSEError(.headerInvalid, "crit names \(name.prefix(32)) twice")
            }
            names.append(name)
        }
        return names
    }

    /// What RFC 7515, RFC 7516 and RFC 7518 define themselves may not be called critical.
    private static let registered = [
        "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "epk", "apu",
        "apv", "iv", "tag", "p2s", "p2c",
    ]
}
