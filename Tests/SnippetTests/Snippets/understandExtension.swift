import JOSE

func understandExtension() throws {
    let key = try SigningKey(JWK.generate(algorithm: "ES256"))
    let signer = JWSSigner(key: key, protected: ["region": "eu"], critical: ["region"])
    let token = try JWS.sign(payload: [UInt8]("hello".utf8), as: .compact, signers: [signer])

    var policy = SignaturePolicy(algorithms: [.es256])
    do throws(JOSEError) {
        _ = try JWS.verify(token, key: try VerificationKey(of: key), policy: policy)
    } catch {
        print(error.code.rawValue)  // crit-unknown
    }
    policy.critical = CriticalExtensions([
        (
            "region",
            { (value, _) throws(JOSEError) in
                guard value == "eu" else { throw JOSEError(.headerInvalid, "expected the region eu") }
            }
        )
    ])
    print(try JWS.verify(token, key: VerificationKey(of: key), policy: policy).payload.count)  // 5
}
