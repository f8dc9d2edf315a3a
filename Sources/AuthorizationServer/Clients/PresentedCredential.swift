import ControlHTTP
import HTTPTypes
import Hummingbird
import JOSE
import Resources

/// What a request offers as proof of which client sent it. Nothing in it has been checked yet.
enum PresentedCredential: Sendable {
    /// An id and a secret, by HTTP Basic or in the form.
    case secret(clientID: String, secret: String, method: ClientSpec.Authentication)
    /// A client assertion (RFC 7523 section 2.2).
    case assertion(jwt: String, clientID: String?)

    /// The value of `client_assertion_type` for JWTs (RFC 7523 section 2.2).
    static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// Reads the one credential of a request.
    ///
    /// - Throws: `invalid_request` when there are two (RFC 6749 section 2.3), or half of one; `invalid_client` when there
    ///   is none or it can't be read.
    static func read(_ request: Request, _ form: FormParameters) throws(OAuthError) -> PresentedCredential {
        let basic = try basic(request)
        let hasSecret = form.contains("client_secret")
        let hasAssertion = form.contains("client_assertion") || form.contains("client_assertion_type")
        let count = (basic == nil ? 0 : 1) + (hasSecret ? 1 : 0) + (hasAssertion ? 1 : 0)
        guard count <= 1 else {
            throw OAuthError(.invalidRequest, "more than one way of client authentication in a request")
        }
        if let basic {
            if let clientID = form["client_id"], !clientID.utf8.elementsEqual(basic.id.utf8) {
                throw OAuthError(.invalidRequest, "client_id differs from the Authorization field")
            }
            return .secret(clientID: basic.id, secret: basic.secret, method: .clientSecretBasic)
        }
        if hasAssertion { return try assertion(form) }
        guard hasSecret else { throw .invalidClient("no credential in the request") }
        guard let clientID = form["client_id"], let secret = form["client_secret"] else {
            throw .invalidClient("client_id or client_secret is empty")
        }
        return .secret(clientID: clientID, secret: secret, method: .clientSecretPost)
    }

    private static func assertion(_ form: FormParameters) throws(OAuthError) -> PresentedCredential {
        guard let jwt = form["client_assertion"], let type = form["client_assertion_type"] else {
            throw OAuthError(.invalidRequest, "client_assertion and client_assertion_type come together")
        }
        guard type == assertionType else {
            throw OAuthError(.invalidRequest, "client_assertion_type must be \(assertionType)")
        }
        return .assertion(jwt: jwt, clientID: form["client_id"])
    }

    /// The id and secret of HTTP Basic, each form-urlencoded inside (RFC 6749 section 2.3.1); nil without the field.
    private static func basic(_ request: Request) throws(OAuthError) -> (id: String, secret: String)? {
        let fields = request.headers[values: .authorization]
        guard let field = fields.first else { return nil }
        guard fields.count == 1 else { throw OAuthError(.invalidRequest, "several Authorization fields") }
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "basic" else {
            throw .invalidClient("the Authorization field is not HTTP Basic")
        }
        guard let octets = Base64.decode(String(parts[1])),
            let colon = octets.firstIndex(of: UInt8(ascii: ":"))
        else { throw .invalidClient("the Basic credentials can't be read") }
        do {
            let id = try FormParameters.decoded(octets[..<colon])
            let secret = try FormParameters.decoded(octets[(colon + 1)...])
            guard !id.isEmpty, !secret.isEmpty else { throw OAuthError.invalidClient("an empty id or secret") }
            return (id, secret)
        } catch {
            throw .invalidClient("the Basic credentials are not form-urlencoded")
        }
    }
}
