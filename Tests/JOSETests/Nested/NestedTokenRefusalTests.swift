import Testing

@testable import JOSE

@Suite("A nested token is refused")
struct NestedTokenRefusalTests {
    let keys: TokenKeys

    init() throws {
        keys = try TokenKeys(.symmetric)
    }

    private var outerKid: String { keys.encryption.kid ?? "" }
    private var innerKid: String { keys.signing.kid ?? "" }

    /// A signed token under an inner header written by hand.
    private func inner(_ header: String? = nil, claims: String = #"{"sub":"a"}"#) throws -> String {
        let header = header ?? #"{"alg":"HS256","kid":"\#(innerKid)","typ":"at+jwt"}"#
        let input = Base64URL.encode(octets(header)) + "." + Base64URL.encode(octets(claims))
        return input + "." + Base64URL.encode(try keys.signing.sign(octets(input).span))
    }

    /// Any text encrypted under an outer header written by hand, so that nothing but the rules refuses it.
    private func outer(_ plaintext: String, _ header: String? = nil) throws -> String {
        let header = header ?? #"{"alg":"A256KW","enc":"A256GCM","kid":"\#(outerKid)","cty":"JWT"}"#
        let made = try keys.encryption.newContentKey(for: .a256GCM)
        let nonce = randomBytes(12)
        let encoded = octets(Base64URL.encode(octets(header)))
        let sealed = try ContentCipher.seal(
            octets(plaintext).span, with: made.key, .a256GCM, nonce: nonce, authenticating: encoded
        )
        return
            ([String(decoding: encoded, as: UTF8.self)]
            + [made.encryptedKey, nonce, sealed.ciphertext, sealed.tag].map { Base64URL.encode($0) })
            .joined(separator: ".")
    }

    private func expect(_ code: JOSEError.Code, _ token: String, _ comment: Comment? = nil) {
        #expect(throws: JOSEError(code, ""), comment) { try keys.open(token) }
    }

    @Test("unless it has the exact form, which opens")
    func control() throws {
        #expect(try keys.open(outer(inner())).claims.subject == "a")
        let other = #"{"cty":"at+jwt","kid":"\#(outerKid)","enc":"A256GCM","alg":"A256KW"}"#
        #expect(try keys.open(outer(inner(), other)).claims.subject == "a")
        let long = #"{"typ":"application/at+jwt","kid":"\#(innerKid)","alg":"HS256"}"#
        #expect(try keys.open(outer(inner(long))).claims.subject == "a")
    }

    @Test("when there is no signed token inside")
    func unsigned() throws {
        let header = Base64URL.encode(octets(#"{"alg":"none","kid":"\#(innerKid)","typ":"at+jwt"}"#))
        let claims = Base64URL.encode(octets(#"{"sub":"admin"}"#))
        expect(.unsecuredInner, try outer(#"{"sub":"admin"}"#), "claims alone")
        expect(.unsecuredInner, try outer("\(header).\(claims)."), "an unsecured JWT")
        expect(.unsecuredInner, try outer("\(header).\(claims).AAAA"), "an unsecured JWT with something behind it")
        expect(.unsecuredInner, try outer("\(header).\(claims)"), "two parts")
        expect(.unsecuredInner, try outer(""), "nothing")
        expect(.unsecuredInner, try outer(inner() + ".AAAA"), "four parts")
        expect(.unsecuredInner, try outer(outer(inner())), "another encrypted token")
        let unsigned = try inner().split(separator: ".").prefix(2).joined(separator: ".") + "."
        expect(.unsecuredInner, try outer(unsigned), "a signature of no octets")
        expect(.tokenMalformed, try inner(), "a signed token that is not encrypted")
    }

    @Test(
        "for a member of the outer header that has no business there",
        arguments: [
            "zip", "jwk", "jku", "x5c", "x5u", "crit", "x5t", "x5t#S256", "typ", "iss", "aud", "exp", "epk", "apu",
            "apv", "iv",
            "tag", "p2s", "p2c", "b64", "", "KID", "unknown", "\\u0061lx",
        ]
    )
    func outerMembers(name: String) throws {
        let header = #"{"alg":"A256KW","enc":"A256GCM","kid":"\#(outerKid)","cty":"JWT","\#(name)":"DEF"}"#
        let error = #expect(throws: JOSEError.self) { try keys.open(outer(inner(), header)) }
        #expect(error?.code == .headerMemberUnknown || error?.code == .headerInvalid)
    }

    @Test(
        "for a member of the inner header that has no business there",
        arguments: ["jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "cty", "x5t", "enc", "epk", "unknown", ""]
    )
    func innerMembers(name: String) throws {
        let header = #"{"alg":"HS256","kid":"\#(innerKid)","typ":"at+jwt","\#(name)":"x"}"#
        let error = #expect(throws: JOSEError.self) { try keys.open(outer(inner(header))) }
        #expect(error?.code == .headerMemberUnknown || error?.code == .headerInvalid)
    }

    @Test("for an outer header that says something else")
    func outerHeader() throws {
        let cases: [(String, JOSEError.Code)] = [
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID"}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","cty":"JWT"}"#, .headerInvalid),
            (#"{"alg":"A256KW","kid":"KID","cty":"JWT"}"#, .headerInvalid),
            (#"{"enc":"A256GCM","kid":"KID","cty":"JWT"}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID","cty":"jwt"}"#, .typeMismatch),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID","cty":"application/at+jwt"}"#, .typeMismatch),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID","cty":""}"#, .typeMismatch),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID","cty":1}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":["KID"],"cty":"JWT"}"#, .headerInvalid),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"other","cty":"JWT"}"#, .keyNotFound),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"","cty":"JWT"}"#, .keyNotFound),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID ","cty":"JWT"}"#, .keyNotFound),
            (
                #"{"alg":"A256GCMKW","enc":"A256GCM","kid":"KID","cty":"JWT","iv":"AAAA","tag":"AAAA"}"#,
                .algorithmNotAllowed
            ),
            (#"{"alg":"A128KW","enc":"A256GCM","kid":"KID","cty":"JWT"}"#, .algorithmNotAllowed),
            (#"{"alg":"dir","enc":"A256GCM","kid":"KID","cty":"JWT"}"#, .algorithmNotAllowed),
            (#"{"alg":"none","enc":"A256GCM","kid":"KID","cty":"JWT"}"#, .algorithmNotAllowed),
            (#"{"alg":"A256KW","enc":"A128GCM","kid":"KID","cty":"JWT"}"#, .contentEncryptionNotAllowed),
            (#"{"alg":"A256KW","enc":"A256GCM","kid":"KID","cty":"JWT","kid":"KID"}"#, .jsonDuplicateMember),
            (#"[]"#, .headerInvalid), (#""#, .jsonInvalid),
        ]
        for (header, code) in cases {
            let header = header.split(separator: "KID", omittingEmptySubsequences: false).joined(separator: outerKid)
            expect(code, try outer(inner(), header), "\(header)")
        }
    }

    @Test("for an inner header that says something else, though the signature holds")
    func innerHeader() throws {
        let cases: [(String, JOSEError.Code)] = [
            (#"{"alg":"HS256","kid":"KID"}"#, .headerInvalid), (#"{"alg":"HS256","typ":"at+jwt"}"#, .headerInvalid),
            (#"{"kid":"KID","typ":"at+jwt"}"#, .headerInvalid),
            (#"{"alg":"HS256","kid":"KID","typ":"JWT"}"#, .typeMismatch),
            (#"{"alg":"HS256","kid":"KID","typ":"AT+JWT"}"#, .typeMismatch),
            (#"{"alg":"HS256","kid":"KID","typ":"at+jwt;x"}"#, .typeMismatch),
            (#"{"alg":"HS256","kid":"other","typ":"at+jwt"}"#, .keyNotFound),
            (#"{"alg":"HS384","kid":"KID","typ":"at+jwt"}"#, .algorithmNotAllowed),
            (#"{"alg":"hs256","kid":"KID","typ":"at+jwt"}"#, .algorithmNotAllowed),
            (#"{"alg":"RS256","kid":"KID","typ":"at+jwt"}"#, .algorithmNotAllowed),
            (#"{"alg":"None","kid":"KID","typ":"at+jwt"}"#, .algorithmNotAllowed),
            (#"{"alg":"HS256","kid":"KID","typ":"at+jwt","typ":"at+jwt"}"#, .jsonDuplicateMember),
        ]
        for (header, code) in cases {
            let header = header.split(separator: "KID", omittingEmptySubsequences: false).joined(separator: innerKid)
            expect(code, try outer(inner(header)), "\(header)")
        }
    }

    @Test("when its claims are no object or have a name twice")
    func claims() throws {
        expect(.claimInvalid, try outer(inner(claims: "[]")))
        expect(.jsonInvalid, try outer(inner(claims: "")))
        expect(.jsonDuplicateMember, try outer(inner(claims: #"{"sub":"a","sub":"b"}"#)))
        expect(.claimInvalid, try outer(inner(claims: #"{"aud":[]}"#)))
    }

    @Test("when it is signed or encrypted with another key of the same name")
    func otherKeys() throws {
        let signing = try JWK.generate(algorithm: "HS256", kid: innerKid)
        let encryption = try JWK.generate(algorithm: "A256KW", kid: outerKid)
        let forged = try NestedToken.seal(
            claims: octets("{}"), signingKey: SigningKey(signing), encryptionKey: keys.encryption
        )
        expect(.signatureInvalid, forged)
        let foreign = try NestedToken.seal(
            claims: octets("{}"), signingKey: keys.signing, encryptionKey: EncryptionKey(encryption)
        )
        expect(.decryptionFailed, foreign)
    }

    @Test("when its content encryption is not the policy's, even if the key would go with it")
    func contentEncryption() throws {
        let token = try NestedToken.seal(
            claims: octets("{}"), signingKey: keys.signing, encryptionKey: keys.encryption,
            contentEncryption: .a128CBCHS256
        )
        expect(.contentEncryptionNotAllowed, token)
    }

    @Test("when it is longer than its bound, before anything of it is read")
    func size() {
        expect(.tokenTooLarge, String(repeating: "A", count: 16_385))
        expect(.tokenTooLarge, String(repeating: ".", count: 64 << 10))
        expect(.tokenMalformed, String(repeating: ".", count: 16_384))
    }

    @Test("to be made with keys that have no name")
    func nameless() throws {
        var object = try JWK.generate(algorithm: "HS256").object(includingPrivate: true)
        object["kid"] = nil
        let signing = try SigningKey(JWK(object))
        #expect(throws: JOSEError(.keyInvalid, "")) {
            try NestedToken.seal(claims: octets("{}"), signingKey: signing, encryptionKey: keys.encryption)
        }
        #expect(throws: JOSEError(.claimInvalid, "")) { try keys.seal("[]") }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try keys.seal("") }
    }
}
