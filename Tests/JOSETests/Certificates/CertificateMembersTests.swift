import Crypto
import Testing

@testable import JOSE

@Suite("A JWK with certificates")
struct CertificateMembersTests {
    private static func base64(_ octets: [UInt8]) -> JSONValue {
        .string(String(decoding: Base64.encode(octets.span), as: UTF8.self))
    }

    private static func thumbprint(_ octets: [UInt8]) -> JSONValue {
        .string(Base64URL.encode([UInt8](SHA256.hash(data: octets))))
    }

    private func key(_ name: String, _ change: (inout JSONObject) throws -> Void) throws -> JWK {
        var object = try KeyVectors.jwk(name).object(includingPrivate: true)
        try change(&object)
        return try JWK(object)
    }

    @Test(
        "keeps x5c and x5t#S256 that are its own",
        arguments: ["rsa2048", "rsa4096", "p256", "p384", "p521", "ed25519"])
    func own(name: String) throws {
        let certificate = try KeyVectors.der(name, "certificate")
        let other = try KeyVectors.der(name == "p256" ? "p384" : "p256", "certificate")
        let key = try key(name) { object in
            object["x5c"] = [Self.base64(certificate), Self.base64(other)]
            object["x5t#S256"] = Self.thumbprint(certificate)
        }
        #expect(key.publicJWK()?.object(includingPrivate: false)["x5t#S256"] == Self.thumbprint(certificate))
    }

    @Test("is refused when its certificate holds another key", arguments: KeyVectors.names)
    func others(name: String) throws {
        let wrong = name == "p256" ? "rsa2048" : "p256"
        let certificate = try KeyVectors.der(wrong, "certificate")
        #expect(throws: JOSEError(.keyMismatch, "")) { try key(name) { $0["x5c"] = [Self.base64(certificate)] } }
        let secret: JSONObject = ["kty": "oct", "k": "AAAA", "x5c": [Self.base64(certificate)]]
        #expect(throws: JOSEError(.keyMismatch, "")) { try JWK(secret) }
    }

    @Test("is refused when x5c is no array of certificates in base64")
    func malformed() throws {
        let certificate = try KeyVectors.der("p256", "certificate")
        let urlSafe = JSONValue.string(Base64URL.encode(certificate))
        let text = Self.base64(certificate).text
        let bad: [(JSONValue, JOSEError.Code)] = [
            (.null, .certificateInvalid), (1, .certificateInvalid), (.string(text), .certificateInvalid),
            ([], .certificateInvalid), ([1], .certificateInvalid), ([""], .certificateInvalid),
            ([urlSafe], .certificateInvalid), ([.string(text + "\n")], .certificateInvalid),
            ([.string(" " + text)], .certificateInvalid), ([.string(text), "*"], .certificateInvalid),
            (.array([JSONValue](repeating: .string(text), count: 11)), .certificateInvalid),
            (["AAAA"], .derInvalid), ([Self.base64(certificate + [0])], .derInvalid),
            ([Self.base64(try KeyVectors.der("p256", "spki"))], .derInvalid),
        ]
        for (value, code) in bad {
            #expect(throws: JOSEError(code, ""), "\(value)") { try key("p256") { $0["x5c"] = value } }
        }
    }

    @Test("is refused when x5t#S256 is no SHA-256 thumbprint, or another certificate's")
    func thumbprints() throws {
        let certificate = try KeyVectors.der("p256", "certificate")
        let other = try KeyVectors.der("p384", "certificate")
        for value in [1, "", "AAAA", .null, Self.base64([UInt8](SHA256.hash(data: certificate)))] as [JSONValue] {
            #expect(throws: JOSEError(.certificateInvalid, "")) { try key("p256") { $0["x5t#S256"] = value } }
        }
        #expect(throws: JOSEError(.certificateInvalid, "")) {
            try key("p256") { object in
                object["x5c"] = [Self.base64(certificate)]
                object["x5t#S256"] = Self.thumbprint(other)
            }
        }
    }

    @Test("is passed over in a set when they are not its own")
    func set() throws {
        let good = try KeyVectors.jwk("p384").object(includingPrivate: false)
        var bad = try KeyVectors.jwk("p256").object(includingPrivate: false)
        bad["x5c"] = [Self.base64(try KeyVectors.der("p384", "certificate"))]
        let set = try JWKSet(["keys": [.object(bad), .object(good)]])
        #expect(set.keys.map(\.curve) == ["P-384"])
        #expect(set.ignored == [JOSEError(.keyMismatch, "")])
    }
}
