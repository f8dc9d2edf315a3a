import Testing

@testable import JOSE

@Suite("A thumbprint")
struct ThumbprintTests {
    @Test("as a URI is the one of RFC 9278 section 5")
    func uri() throws {
        let jwk = try JWK([
            "kty": "RSA", "e": "AQAB",
            "n": """
            0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n\
            3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd\
            AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur\
            -kEgU8awapJzKnqDKgw
            """,
        ])
        #expect(
            jwk.thumbprintURI()
                == "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        )
    }

    @Test("has the length of its hash and is the same for both halves", arguments: ThumbprintHash.allCases)
    func halves(hash: ThumbprintHash) throws {
        for algorithm in ["ES256", "ES256K", "Ed25519", "Ed448", "ECDH-ES", "RS256", "ML-DSA-65", "ML-DSA-87"] {
            let jwk = try JWK.generate(algorithm: algorithm)
            let thumbprint = jwk.thumbprint(hash)
            let count = hash == .sha256 ? 32 : hash == .sha384 ? 48 : 64
            #expect(try Base64URL.decode(thumbprint).count == count)
            #expect(jwk.publicJWK()?.thumbprint(hash) == thumbprint)
            #expect(jwk.thumbprintURI(hash) == "urn:ietf:params:oauth:jwk-thumbprint:\(hash.rawValue):\(thumbprint)")
            var object = jwk.object(includingPrivate: true)
            object["kid"] = "another"
            object["use"] = nil
            object["x5t"] = "abc"
            #expect(try JWK(object).thumbprint(hash) == thumbprint)
        }
    }

    @Test("covers alg in keys of type AKP, and in no others")
    func algorithm() throws {
        let octets = Base64URL.encode([UInt8](repeating: 7, count: 1952))
        let akp = try JWK(["kty": "AKP", "alg": "ML-DSA-65", "pub": .string(octets)])
        #expect(akp.requiredPublicMembers.map(\.0) == ["kty", "alg", "pub"])
        var object = try JWK.generate(algorithm: "ES256").object(includingPrivate: false)
        let thumbprint = try JWK(object).thumbprint()
        object["alg"] = nil
        #expect(try JWK(object).thumbprint() == thumbprint)
    }
}
