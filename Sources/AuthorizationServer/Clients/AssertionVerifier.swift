import Crypto
import JOSE
import Resources
import Store

/// Verifies client assertions: `private_key_jwt` (RFC 7523 section 3, OpenID Connect Core section 9).
struct AssertionVerifier: Sendable {
    /// The longest assertion, in octets.
    static let maximumBytes = 8 * 1024
    /// How far ahead `exp` may lie, in seconds: as long is every `jti` remembered.
    static let maximumLifetime: Int64 = 300
    /// How far clocks may differ, in seconds.
    static let leeway: Int64 = 30

    /// What `aud` may be: the issuer, or the token endpoint's URL.
    let audiences: Set<String>
    let replays: AssertionReplays
    /// The keys of clients that publish them.
    let published: PublishedKeys
    let clock: WallClock

    /// - Returns: the enabled client that signed the assertion, after its `jti` was noted as used.
    /// - Throws: `invalid_client`, whatever failed; `temporarily_unavailable` when the client's published keys can't be
    ///   had at the moment.
    func verify(
        _ jwt: String, presentedClientID: String?, snapshot: IssuerSnapshot
    ) async throws -> ClientResource {
        let header = try Self.header(of: jwt)
        // Which client it is must be known before the signature can be checked; the claim is trusted for nothing else.
        let claimed = try Self.claims(of: jwt).issuer
        if let presentedClientID, !presentedClientID.utf8.elementsEqual(claimed.utf8) {
            throw OAuthError.invalidClient("client_id differs from the assertion's iss")
        }
        guard let client = snapshot.client(claimed) else { throw OAuthError.invalidClient("unknown client") }
        guard client.spec.authentication == .privateKeyJWT else {
            throw OAuthError.invalidClient(
                "\(client.name) is registered for \(client.spec.authentication.rawValue)")
        }
        let key: VerificationKey
        if let url = client.spec.jwksURI {
            key = try await published.key(header.kid, at: url, of: client.name)
        } else {
            let keys = snapshot.clientKeys[client.name]
            guard let registered = keys?.key(kid: header.kid, algorithmName: header.algorithmName) else {
                throw OAuthError.invalidClient("\(client.name) has no key with that kid and algorithm")
            }
            key = registered
        }
        let payload: [UInt8]
        do {
            payload = try JWS.verify(jwt, key: key).payload
        } catch {
            throw OAuthError.invalidClient("assertion of \(client.name): \(error)")
        }
        let claims = try AssertionClaims(payload)
        let now = clock.now()
        try claims.check(client: client.name, audiences: audiences, now: now.seconds)
        guard !client.spec.isDisabled else { throw OAuthError.invalidClient("\(client.name) is disabled") }
        let isNew = try await replays.use(
            client: client.name, jti: claims.jti, until: Timestamp(seconds: claims.expiresAt) + Self.leeway)
        guard isNew else { throw OAuthError.invalidClient("assertion of \(client.name) used before") }
        return client
    }

    /// What the protected header says, before anything is verified.
    private static func header(of jwt: String) throws(OAuthError) -> (kid: String?, algorithmName: String) {
        let header = try part(0, of: jwt)
        guard let name = header["alg"]?.stringValue, let algorithm = SignatureAlgorithm(name: name),
            ClientKeys.algorithms.contains(algorithm)
        else { throw .invalidClient("assertion with an algorithm that is not allowed") }
        if let type = header["typ"] {
            // RFC 8725 section 3.11: a token made for another purpose is not taken for an assertion.
            guard let name = type.stringValue, ["jwt", "client-authentication+jwt"].contains(name.lowercased()) else {
                throw .invalidClient("assertion with a typ of another kind of token")
            }
        }
        guard let kid = header["kid"] else { return (nil, name) }
        guard let kid = kid.stringValue else { throw .invalidClient("assertion with a kid that is no string") }
        return (kid, name)
    }

    private static func claims(of jwt: String) throws(OAuthError) -> AssertionClaims {
        try AssertionClaims(try part(1, of: jwt))
    }

    private static func part(_ index: Int, of jwt: String) throws(OAuthError) -> JSONObject {
        let octets = Array(jwt.utf8)
        guard octets.count <= maximumBytes else { throw .invalidClient("assertion longer than \(maximumBytes) octets") }
        let parts = octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .invalidClient("assertion without three parts") }
        do {
            return try JSONObject(parsing: Base64URL.decode(Array(parts[index]).span))
        } catch {
            throw .invalidClient("assertion that can't be read: \(error.code.rawValue)")
        }
    }
}
