import ControlHTTP
import Hummingbird
package import Resources
import Store

/// A client that proved who it is. Only ``ClientAuthenticator`` makes one.
package struct AuthenticatedClient: Sendable {
    /// The client as the snapshot has it, enabled.
    package let client: ClientResource
    /// How it proved it.
    package let method: ClientSpec.Authentication

    /// Its `client_id`.
    package var id: String { client.name }

    fileprivate init(client: ClientResource, method: ClientSpec.Authentication) {
        self.client = client
        self.method = method
    }

    /// The same client with what a later snapshot grants it. Who it is was proved once and for the whole request.
    ///
    /// - Throws: `invalid_client` when it may not come this way any more.
    func asKnown(by snapshot: IssuerSnapshot) throws(OAuthError) -> AuthenticatedClient {
        guard let present = snapshot.client(id), present.spec.authentication == method, !present.spec.isDisabled else {
            throw .invalidClient("\(id) was changed in the meantime")
        }
        return AuthenticatedClient(client: present, method: method)
    }
}

/// Finds out which client sent a request: exactly one credential, in the one way that the client is registered for.
///
/// An unknown client, a disabled one, one registered for another way and a wrong secret all get the same answer after
/// the same work.
struct ClientAuthenticator: Sendable {
    let assertions: AssertionVerifier

    func authenticate(
        _ request: Request, _ form: FormParameters, snapshot: IssuerSnapshot
    ) async throws -> AuthenticatedClient {
        switch try PresentedCredential.read(request, form) {
        case .secret(let clientID, let secret, let method):
            return try bySecret(clientID, secret, method, snapshot)
        case .assertion(let jwt, let clientID):
            let client = try await assertions.verify(jwt, presentedClientID: clientID, snapshot: snapshot)
            return AuthenticatedClient(client: client, method: .privateKeyJWT)
        }
    }

    private func bySecret(
        _ clientID: String, _ secret: String, _ method: ClientSpec.Authentication, _ snapshot: IssuerSnapshot
    ) throws(OAuthError) -> AuthenticatedClient {
        let client = snapshot.client(clientID)
        let matches = SecretCheck.matches(secret, digest: client?.secretDigest)
        guard let client else { throw .invalidClient("unknown client") }
        guard matches else { throw .invalidClient("wrong secret of \(client.name)") }
        guard client.spec.authentication == method else {
            throw .invalidClient("\(client.name) is registered for \(client.spec.authentication.rawValue)")
        }
        guard !client.spec.isDisabled else { throw .invalidClient("\(client.name) is disabled") }
        return AuthenticatedClient(client: client, method: method)
    }
}
