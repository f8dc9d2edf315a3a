import JOSE

func findKey() async throws {
    let signing = try SigningKey(JWK.generate(algorithm: "ES256", kid: "tenant-7"))
    let token = try JWT.sign(claims: ["sub": "alice", "exp": 4_000_000_000], key: signing)
    let tenants = ["tenant-7": try VerificationKey(of: signing)]

    // The finder sees the header alone, and nobody has vouched for it yet: a name is all it should take from there.
    let verified = try await JWT.verify(token, policy: JWTPolicy(algorithms: [.es256])) { header in
        header.unverifiedValue.keyID.flatMap { tenants[$0] }
    }
    print(verified.claims.subject ?? "")  // alice
}
