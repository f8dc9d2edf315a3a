import JOSE
import RemoteJWKS

func verifyByRemoteKeySet(_ token: String, _ keys: RemoteJWKS) async throws -> String {
    // One for each issuer, for the life of the program:
    //     let keys = try RemoteJWKS(url: "https://issuer.example/jwks")
    let policy = JWTPolicy(algorithms: [.es256, .ed25519], claims: ClaimsPolicy(audience: .only("orders")))
    do {
        let key = try await keys.key(for: token)
        return try JWT.verify(token, key: key, policy: policy).claims.subject ?? ""
    } catch let error as RemoteJWKSError where error.isUnavailable {
        // Nothing is known about the key: a server answers 503, and not that the token is bad.
        return "try again later"
    } catch {
        return "refused"
    }
}
