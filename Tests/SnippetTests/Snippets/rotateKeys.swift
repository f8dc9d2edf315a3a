import JOSE

func rotateKeys() throws {
    let (first, second) = (
        try JWK.generate(algorithm: "ES256", kid: "1"), try JWK.generate(algorithm: "ES256", kid: "2")
    )
    let policy = JWTPolicy(algorithms: [.es256])
    let old = try JWT.sign(claims: ["exp": 4_000_000_000], key: SigningKey(first))

    // 1. Publish the next key beside the present one, and wait until every verifier has the new set.
    var keys = try KeyDirectory([VerificationKey(first), VerificationKey(second)])
    // 2. Sign with the new one. Tokens of the old one still hold.
    let new = try JWT.sign(claims: ["exp": 4_000_000_000], key: SigningKey(second))
    print(try JWT.verify(old, keys: keys, policy: policy).keyID ?? "")  // 1
    print(try JWT.verify(new, keys: keys, policy: policy).keyID ?? "")  // 2
    // 3. When the last old token has expired, take the old key out.
    keys = try KeyDirectory([VerificationKey(second)])
    do throws(JOSEError) {
        _ = try JWT.verify(old, keys: keys, policy: policy)
    } catch {
        print(error.code.rawValue)  // key-not-found
    }
}
