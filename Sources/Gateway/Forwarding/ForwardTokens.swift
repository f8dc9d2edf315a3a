import HTTPEngine
import JOSE
import KeyManagement

/// Makes the tokens of `forward: jwt`: who calls, signed by the issuer for one upstream and one minute.
///
/// Kept per token and upstream for half of their life, so that a busy client costs one signature in thirty seconds.
/// Bounded; when it is full, everything is dropped and made anew.
struct ForwardTokens {
    /// Seconds.
    static let lifetime = KeyTimings.forwardTokenLifetime
    static let type = "signet-forward+jwt"
    private static let maximumEntries = 4096

    private struct Key: Hashable {
        var token: ObjectIdentifier
        var upstream: Int
    }

    private struct Entry {
        /// Keeps the token alive, so that its identity can't become another's.
        var token: VerifiedToken
        var kid: String?
        var text: [UInt8]
        var freshUntil: Int64
    }

    private var entries: [Key: Entry] = [:]

    /// The token to send; nil when there is no key or signing failed.
    ///
    /// - Parameters:
    ///   - upstream: its URL is the audience.
    ///   - now: Unix seconds.
    mutating func token(
        for token: VerifiedToken, upstream: CompiledUpstream, issuer: String, key: SigningKey?, jwtID: String,
        now: Int64
    ) -> [UInt8]? {
        guard let key else { return nil }
        let place = Key(token: ObjectIdentifier(token), upstream: upstream.id.index)
        if let known = entries[place], known.freshUntil > now, known.kid == key.kid { return known.text }
        guard
            let text = Self.sign(
                token, audience: upstream.url, issuer: issuer, key: key, jwtID: jwtID, now: now)
        else { return nil }
        if entries.count >= Self.maximumEntries { entries.removeAll(keepingCapacity: true) }
        entries[place] = Entry(token: token, kid: key.kid, text: text, freshUntil: now &+ Self.lifetime / 2)
        return text
    }

    private static func sign(
        _ token: VerifiedToken, audience: String, issuer: String, key: SigningKey, jwtID: String, now: Int64
    ) -> [UInt8]? {
        // Listed claims first: they can't replace what the gateway states.
        var claims = token.forwardedClaims
        claims["iss"] = .string(issuer)
        claims["aud"] = .string(audience)
        claims["sub"] = .string(token.subject)
        claims["client_id"] = .string(token.clientID)
        claims["scope"] = token.scope.isEmpty ? nil : .string(token.scope)
        claims["iat"] = .integer(now)
        claims["nbf"] = nil
        // Never longer than the token itself lives.
        claims["exp"] = .integer(max(now &+ 1, min(now &+ lifetime, token.expiresAt)))
        claims["jti"] = .string(jwtID)
        guard let text = try? JWS.sign(payload: claims.serialized(), header: ["typ": .string(type)], key: key) else {
            return nil
        }
        return Array(text.utf8)
    }
}
