import JOSE

func fixTheClock() throws {
    let key = try SigningKey(JWK.generate(algorithm: "HS256"))
    let issued = TokenClock.fixed(at: 1_800_000_000)
    let claims = try ClaimsBuilder(clock: issued).subject("alice").expires(in: .seconds(60)).build()
    let token = try JWT.sign(claims: claims, key: key)

    var policy = JWTPolicy(algorithms: [.hs256], clock: .fixed(at: 1_800_000_059))
    policy.claims.leeway = .zero
    print(try JWT.verify(token, key: VerificationKey(of: key), policy: policy).claims.subject ?? "")  // alice

    policy.clock = .fixed(at: 1_800_000_060)
    do throws(JOSEError) {
        _ = try JWT.verify(token, key: try VerificationKey(of: key), policy: policy)
    } catch {
        print(error)  // token-expired: the token expired at 1800000060
    }
}
