import Egress
import JOSE

/// One request to the token endpoint (RFC 6749 section 4.4, RFC 8707).
struct TokenRequest {
    /// How the client proves who it is.
    enum Credential {
        /// `client_secret_basic` or `client_secret_post`.
        case secret(String, SecretMethod)
        /// `private_key_jwt` (RFC 7523).
        case key(SigningKey)
    }

    let server: String
    let clientID: String
    let credential: Credential
    let resource: String?
    let scope: String?

    /// Answers the token response.
    ///
    /// - Throws: ``CommandFailure``: 77 for a client that the server does not take, 1 for what it does not grant, 69
    ///   when there is no answer.
    func send() async throws -> JSONValue {
        try await send(with: EgressClient(policy: .operatorChosen))
    }

    /// The same over a client that sends further requests.
    func send(with client: EgressClient) async throws -> JSONValue {
        var form: [(String, String)] = [("grant_type", "client_credentials")]
        if let resource { form.append(("resource", resource)) }
        if let scope { form.append(("scope", scope)) }
        var fields = [
            (name: "Accept", value: "application/json"),
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
        ]
        switch credential {
        case .secret(let secret, .basic):
            fields.append((name: "Authorization", value: Self.basic(clientID, secret)))
        case .secret(let secret, .post): form += [("client_id", clientID), ("client_secret", secret)]
        case .key(let key):
            form.append(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
            form.append(("client_assertion", try await assertion(key, client)))
        }
        let request = EgressRequest(
            "POST", "\(server)/oauth/token", fields: fields, body: Array(Self.encoded(form).utf8))
        let response = try await Self.exchange(request, client, server)
        guard response.status == 200, let answer = try? JSONValue(parsing: response.body) else {
            throw refusal(response)
        }
        return answer
    }

    /// A JWT that says who the client is, for this server only and a minute.
    private func assertion(_ key: SigningKey, _ client: EgressClient) async throws -> String {
        let metadata = EgressRequest("GET", "\(server)/.well-known/oauth-authorization-server")
        let response = try await Self.exchange(metadata, client, server)
        guard response.status == 200, let issuer = (try? JSONValue(parsing: response.body))?["issuer"]?.stringValue
        else {
            throw CommandFailure.unavailable("\(server) does not describe itself: is it a Signet server?")
        }
        let now = Clock.now()
        let claims: JSONObject = [
            "iss": .string(clientID), "sub": .string(clientID), "aud": .string(issuer), "iat": .integer(now),
            "exp": .integer(now + 60), "jti": .string(Self.randomName()),
        ]
        return try JWT.sign(claims: claims, key: key)
    }

    private static func exchange(
        _ request: EgressRequest, _ client: EgressClient, _ server: String
    ) async throws -> EgressResponse {
        let outcome: Result<EgressResponse, EgressError>
        do {
            outcome = .success(try await client.send(request))
        } catch {
            outcome = .failure(error)
        }
        return try AdminClient.reachable(outcome, server)
    }

    /// An error answer of RFC 6749 section 5.2, or whatever else came.
    private func refusal(_ response: EgressResponse) -> CommandFailure {
        let answer = try? JSONValue(parsing: response.body)
        guard let code = answer?["error"]?.stringValue else {
            let problem = answer?["code"]?.stringValue ?? ""
            if let elsewhere = AdminRefusal.wrongPlace(response.status, problem, server) { return elsewhere }
            return .unavailable("\(server) answered with status \(response.status): is it a Signet server?")
        }
        let said = answer?["error_description"]?.stringValue ?? "the server gives no reason"
        let reason = [said, advice(code)].compactMap { $0 }.joined(separator: "; ")
        switch response.status {
        case 401, 403: return CommandFailure(.notPermitted, code, "\(code): \(reason)")
        case 400...499 where code == "invalid_client": return CommandFailure(.notPermitted, code, "\(code): \(reason)")
        case 429, 500...599:
            let id = response[field: "x-request-id"].map { "; request id \($0)" } ?? ""
            return CommandFailure(.unavailable, code, "\(server): \(code): \(reason)\(id)")
        default: return .refused(code, reason)
        }
    }

    /// What the caller can do about an answer that has several causes.
    private func advice(_ code: String) -> String? {
        switch (code, credential) {
        case ("invalid_client", .secret(_, let method)):
            "either the secret is no longer the client's (`signet clients secret` makes a new one), or the client is "
                + "disabled, or its auth is not \(method.rawValue), by which the secret was sent (--auth names another, "
                + "--key is for private_key_jwt)"
        case ("invalid_client", .key):
            "the client's auth must be private_key_jwt, with this key in its jwks, and it must not be disabled"
        case ("invalid_target", _) where resource == nil:
            "--resource names the API that the token is for, by its audience"
        default: nil
        }
    }

    /// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
    private static func basic(_ clientID: String, _ secret: String) -> String {
        let joined = PercentEncoding.encode(clientID) + ":" + PercentEncoding.encode(secret)
        return "Basic " + Base64.encode(Array(joined.utf8))
    }

    private static func encoded(_ form: [(String, String)]) -> String {
        form.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
    }

    private static func randomName() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
