import JOSE
import KeyManagement

/// Whether a token that was good when it was issued still stands.
///
/// The one judgement on what may have changed since: gateways ask it on use, introspection asks it for others, and so
/// both give the same answer. Time is not asked here, as a gateway forgives a little of it.
package enum TokenStanding {
    /// Why a token does not stand any more.
    package enum Fault: Hashable, Sendable {
        /// The API has another audience by now.
        case audienceChanged
        /// The API's policy, now and of late, does not name the keys, or they are out of use.
        case encryptionKeyNotAccepted, signingKeyNotAccepted
        /// One of the keys is in use, and what is stored of it is damaged: nothing is said of the token.
        case keyDamaged
        case revoked(Revocation.Kind)
        case clientUnknown, clientDisabled
        /// The client may not use the API any more.
        case apiWithdrawn
    }

    /// Why the token does not stand; nil when it does.
    ///
    /// - Parameters:
    ///   - api: the API that the token was issued for.
    ///   - client: the client that it was issued to; nil when that is gone.
    package static func fault(
        of token: TokenFacts, at api: APIStanding, client: ClientStanding?, revocations: RevocationIndex
    ) -> Fault? {
        guard token.audience.utf8.elementsEqual(api.audience.utf8) else { return .audienceChanged }
        if let fault = keyFault(of: token, at: api) { return fault }
        if !revocations.isEmpty,
            let kind = revocations.hit(
                jti: token.jwtID, family: token.family, subject: token.subject, client: token.client, api: api.name,
                signingKeyID: token.signingKeyID, encryptionKeyID: token.encryptionKeyID, issuedAt: token.issuedAt)
        {
            return .revoked(kind)
        }
        guard let client else { return .clientUnknown }
        guard !client.isDisabled else { return .clientDisabled }
        guard client.scopes[api.name] != nil else { return .apiWithdrawn }
        return nil
    }

    private static func keyFault(of token: TokenFacts, at api: APIStanding) -> Fault? {
        let isAccepted = api.keys.contains {
            $0.include(encryptionKeyID: token.encryptionKeyID, signingKeyID: token.signingKeyID)
        }
        guard !isAccepted else { return nil }
        let isDamaged = api.keys.contains {
            $0.damaged.encryption.contains(token.encryptionKeyID) || $0.damaged.signing.contains(token.signingKeyID)
        }
        guard !isDamaged else { return .keyDamaged }
        let decrypts = api.keys.contains { $0.decryption[token.encryptionKeyID] != nil }
        return decrypts ? .signingKeyNotAccepted : .encryptionKeyNotAccepted
    }
}
