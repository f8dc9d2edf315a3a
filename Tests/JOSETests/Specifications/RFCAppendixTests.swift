import Crypto
import Testing

@testable import JOSE

@Suite("The examples of the RFCs' appendices")
struct RFCAppendixTests {
    static let signatures = ["RFC 7515 A.1", "RFC 7515 A.2", "RFC 7515 A.3", "RFC 7515 A.4"]
    static let encryptions = ["RFC 7516 A.1", "RFC 7516 A.3"]

    private func example(_ name: String, _ kind: String) throws -> JSONValue {
        let examples = try Vectors.load("rfc/appendices.json")[kind]?.arrayValue ?? []
        return try #require(examples.first { $0["name"]?.text == name })
    }

    @Test("verify, and are made again where the algorithm has one signature", arguments: signatures)
    func signature(name: String) throws {
        let example = try example(name, "jws")
        let token = try #require(example["token"]).text
        let jwk = try JWK(#require(example["key"]?.objectValue))
        let algorithm = try #require(SignatureAlgorithm(name: example["alg"]?.text ?? ""))
        let verified = try JWS.verify(token, key: VerificationKey(jwk, algorithm: algorithm))
        let parts = token.split(separator: ".").map(String.init)
        #expect(Base64URL.encode(verified.payload) == parts[1])

        let signingInput = octets(parts[0] + "." + parts[1])
        let signature = try SigningKey(jwk, algorithm: algorithm).sign(signingInput.span)
        if example["deterministic"] == true {
            #expect(Base64URL.encode(signature) == parts[2])
        } else {
            #expect(try VerificationKey(jwk, algorithm: algorithm).accepts(signature, over: signingInput))
        }
    }

    @Test("decrypt", arguments: encryptions)
    func encryption(name: String) throws {
        let example = try example(name, "jwe")
        let jwk = try JWK(#require(example["key"]?.objectValue))
        let algorithm = try #require(KeyManagementAlgorithm(rawValue: example["alg"]?.text ?? ""))
        let decrypted = try JWE.decrypt(#require(example["token"]).text, key: DecryptionKey(jwk, algorithm: algorithm))
        #expect(String(decoding: decrypted.plaintext, as: UTF8.self) == example["plaintext"]?.text)
    }

    @Test("agree on a key: RFC 7518 appendix C")
    func concatKDF() throws {
        let alice = try JWK(
            parsing: octets(
                #"""
                {"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
                 "y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps","d":"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}
                """#
            ))
        let bob = try JWK(
            parsing: octets(
                #"""
                {"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                 "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}
                """#
            ))
        guard case .elliptic(let curve, _, _, let d) = alice.material, case .elliptic(_, let x, let y, _) = bob.material
        else { throw KeyMaterial.invalid("expected EC keys") }
        let peer = try AgreementPublicKey(curve: curve, x: x, y: y)
        let ownKey = try AgreementPrivateKey(curve: curve, d: #require(d))
        let secret = try #require(ownKey.sharedSecret(with: peer))
        let key = KeyManagementAlgorithm.ecdhES.agreedKey(secret, octets("Alice"), octets("Bob"), .a128GCM)
        #expect(Base64URL.encode(key.withUnsafeBytes { [UInt8]($0) }) == "VqqN6vgjbSBcIijNcacQGg")
    }

    @Test("agree on X25519: RFC 8037 appendix A.6")
    func x25519() throws {
        let bob = SecretBytes(try Base64URL.decode("XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os"))
        let ephemeral = try Base64URL.decode("hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo")
        let peer = try AgreementPublicKey(curve: .x25519, x: ephemeral, y: [])
        let secret = try #require(try AgreementPrivateKey(curve: .x25519, d: bob).sharedSecret(with: peer))
        let expected = JSONValue.string("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        #expect(secret.withUnsafeBytes { [UInt8]($0) } == expected.hex)
    }

    @Test("have these thumbprints: RFC 7638 section 3.1 and RFC 8037 appendix A.3")
    func thumbprints() throws {
        let ed25519: JSONObject = [
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ]
        #expect(try JWK(ed25519).thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        let rsa: JSONObject = [
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": """
            0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n\
            3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd\
            AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur\
            -kEgU8awapJzKnqDKgw
            """,
        ]
        #expect(try JWK(rsa).thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }
}
