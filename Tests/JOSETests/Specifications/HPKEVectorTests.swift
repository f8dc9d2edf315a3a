import Testing

@testable import JOSE

/// Appendix A of draft-ietf-jose-hpke-encrypt-20, and of draft-ietf-jose-hpke-pq-pqt-01 the suite with X-Wing.
@Suite("The test vectors of HPKE for JOSE")
struct HPKEVectorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let value: JSONValue

        var testDescription: String { value["alg"]?.text ?? "" }
    }

    static let cases: [Case] = {
        let values = try? Vectors.load("hpke/jose-vectors.json").arrayValue
        return (values ?? []).map(Case.init)
    }()

    private static let start = "You can trust us to stick with you through thick and thin"

    @Test("are there for every suite, in both ways")
    func complete() {
        let experimental = KeyManagementAlgorithm.allCases.filter(\.isExperimental).map(\.rawValue)
        #expect(Self.cases.map(\.testDescription).sorted() == experimental.sorted() && experimental.count == 14)
    }

    @Test("have keys whose names are their thumbprints", arguments: cases)
    func keys(vector: Case) throws {
        let jwk = try JWK(#require(vector.value["jwk"]?.objectValue))
        #expect(jwk.isPrivate && jwk.kid == jwk.thumbprint())
    }

    @Test("open in the forms that they come in, with and without further data", arguments: cases)
    func opens(vector: Case) throws {
        let jwk = try JWK(#require(vector.value["jwk"]?.objectValue))
        let key = try DecryptionKey(jwk)
        let policy = DecryptionPolicy(algorithms: [key.algorithm], contentEncryption: ContentEncryptionAlgorithm.all)
        var count = 0
        if let token = vector.value["compact"]?.stringValue {
            let opened = try JWE.decrypt(token, key: key)
            #expect(opened.plaintext.starts(with: octets(Self.start)))
            #expect(try JWE.decrypt(token, key: key, policy: policy).plaintext == opened.plaintext)
            #expect((opened.contentEncryption == nil) == key.algorithm.isIntegrated)
            count += 1
        }
        if let token = vector.value["flattened"]?.serializedString() {
            let opened = try JWE.decrypt(token, as: .flattened, key: key, policy: policy)
            #expect(opened.plaintext.starts(with: octets(Self.start)))
            #expect(opened.additionalData == octets("The Fellowship of the Ring"))
            count += 1
        }
        #expect(count > 0)
    }

    @Test("give the Recipient_structure of section 6.1.1")
    func recipientStructure() {
        let expected = JSONValue.string("4a4f53452d48504b452072637074ff4131323847434dff").hex
        #expect(ContentEncryptionAlgorithm.a128GCM.recipientStructure == expected)
    }
}
