import JOSE

func handleRefusal() throws {
    let key = try VerificationKey(JWK.generate(algorithm: "HS256"))
    let policy = JWTPolicy(algorithms: [.hs256])
    do throws(JOSEError) {
        _ = try JWT.verify("not a token", key: key, policy: policy)
    } catch {
        switch error.code {
        case .tokenExpired: print("ask for a new token")
        case .keyNotFound: print("fetch the key set again")
        default: print(error.code.rawValue)  // token-malformed
        }
    }
}
