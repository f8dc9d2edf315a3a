import Crypto
import Foundation
import JOSE
import Testing

@testable import KeyProviders

@Suite("AWS Signature Version 4")
struct AWSSignerTests {
    /// A case of AWS's published test suite, by its name: service `service`, 2015-08-30T12:36:00Z.
    struct Published: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "GET"
        var path = "/"
        var query: [(String, String)] = []
        var fields: [(String, String)] = []
        var signature: String
        var testDescription: String { name }
    }

    static let published = [
        Published(
            name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Published(
            name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Published(
            name: "get-relative", path: "/example/..",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Published(
            name: "get-slash", path: "//",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Published(
            name: "get-header-value-trim", fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Published(
            name: "post-vanilla", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Published(
            name: "post-header-key-sort", method: "POST", fields: [("My-Header1", "value1")],
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    ]

    @Test("The published test suite", arguments: published)
    func testSuite(vector: Published) throws {
        let request = SigningRequest(
            method: vector.method, path: vector.path, query: vector.query.map { (name: $0.0, value: $0.1) },
            fields: [("Host", "example.amazonaws.com")] + vector.fields.map { (name: $0.0, value: $0.1) }, body: [])
        let signed = AWSSigner(region: "us-east-1", service: "service")
            .signed(request, by: try Sample.credentials(), at: AWSTime(seconds: 1_440_938_160))
        let authorization = try #require(signed.last)
        #expect(authorization.name == "Authorization")
        #expect(authorization.value.hasSuffix("Signature=\(vector.signature)"), "\(request.canonical)")
        #expect(authorization.value.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"))
    }

    @Test("The documentation's example, step by step")
    func listUsers() throws {
        let request = SigningRequest(
            method: "GET", path: "/", query: [("Action", "ListUsers"), ("Version", "2010-05-08")],
            fields: [
                ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("Host", "iam.amazonaws.com"),
                ("X-Amz-Date", "20150830T123600Z"),
            ], body: [])
        let hash = AWSSigner.hex(SHA256.hash(data: Data(request.canonical.utf8)))
        #expect(hash == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59")
        let signer = AWSSigner(region: "us-east-1", service: "iam")
        #expect(
            signer.stringToSign(request, at: AWSTime(seconds: 1_440_938_160)) == """
                AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/iam/aws4_request
                f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59
                """)
        var unsigned = request
        unsigned.fields.removeLast()
        let signed = signer.signed(unsigned, by: try Sample.credentials(), at: AWSTime(seconds: 1_440_938_160))
        #expect(
            signed.last?.value.hasSuffix("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7") == true)
    }

    @Test("S3's example, with the content's hash in a field of its own")
    func contentHash() throws {
        let request = SigningRequest(
            method: "GET", path: "/test.txt",
            fields: [
                ("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9"),
                ("X-Amz-Content-Sha256", AWSSigner.hex(SHA256.hash(data: Data()))),
            ], body: [])
        let credentials = try #require(
            AWSCredentials(
                id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token: nil,
                origin: "the documentation"))
        let signed = AWSSigner(region: "us-east-1", service: "s3")
            .signed(request, by: credentials, at: AWSTime(seconds: 1_369_353_600))
        #expect(
            signed.last?.value.hasSuffix("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") == true)
    }

    @Test("Random requests get the signature that botocore gives them")
    func botocore() throws {
        let lines = BotocoreSignatures.lines.split(separator: "\n")
        #expect(lines.count == 40)
        for line in lines {
            let vector = try Vector(JSONObject(parsing: Array(line.utf8)))
            let signed = AWSSigner(region: vector.region, service: vector.service)
                .signed(vector.request, by: vector.credentials, at: vector.time)
            #expect(signed.last?.value == vector.authorization, "\(line)\n\(vector.request.canonical)")
        }
    }

    @Test("The session token is a field, and signed")
    func sessionToken() throws {
        let request = SigningRequest(method: "POST", path: "/", fields: [("Host", "h")], body: [])
        let signed = AWSSigner(region: "r", service: "kms")
            .signed(request, by: try Sample.credentials(token: Sample.token), at: AWSTime(seconds: 0))
        #expect(signed.contains { $0.name == "X-Amz-Security-Token" && $0.value == Sample.token })
        #expect(signed.last?.value.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,") == true)
    }

    @Test("Moments in AWS's forms")
    func time() {
        #expect(AWSTime(seconds: 1_440_938_160).timestamp == "20150830T123600Z")
        #expect(AWSTime(seconds: 0).timestamp == "19700101T000000Z")
        #expect(AWSTime("2015-08-30T12:36:00Z") == AWSTime(seconds: 1_440_938_160))
        #expect(AWSTime("2015-08-30T12:36:00.123Z") == AWSTime(seconds: 1_440_938_160))
        #expect(AWSTime("2024-02-29T00:00:00Z")?.date == "20240229")
        for text in [
            "", "2015-08-30", "2015-08-30 12:36:00Z", "2015-08-30T12:36:00", "2015-13-30T12:36:00Z",
            "2023-02-29T00:00:00Z", "2015-08-30T25:36:00Z", "2015-08-30T12:36:00.Z1Z", "2015-08-30T12:36:00+00:00",
            "２015-08-30T12:36:00Z",
        ] {
            #expect(AWSTime(text) == nil, "\(text)")
        }
    }

    /// A line of the table.
    private struct Vector {
        let request: SigningRequest
        let credentials: AWSCredentials
        let time: AWSTime
        let region: String
        let service: String
        let authorization: String

        init(_ object: JSONObject) throws {
            func text(_ name: String) throws -> String { try #require(object[name]?.stringValue) }
            func pairs(_ name: String) throws -> [(name: String, value: String)] {
                try #require(object[name]?.arrayValue).map { pair in
                    let pair = try #require(pair.arrayValue)
                    return (try #require(pair.first?.stringValue), try #require(pair.last?.stringValue))
                }
            }
            request = SigningRequest(
                method: try text("method"), path: try text("path"), query: try pairs("query"),
                fields: try pairs("fields"), body: Array(try text("body").utf8))
            credentials = try #require(
                AWSCredentials(
                    id: try text("id"), secret: try text("secret"), token: object["token"]?.stringValue, origin: ""))
            time = AWSTime(seconds: try #require(object["time"]?.integerValue))
            (region, service) = (try text("region"), try text("service"))
            authorization = try text("authorization")
        }
    }
}
