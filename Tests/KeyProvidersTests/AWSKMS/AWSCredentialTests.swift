import Egress
import Foundation
import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("AWS credentials", .timeLimit(.minutes(1)))
struct AWSCredentialTests {
    private static let document =
        #"{"AccessKeyId":"ASIADOCUMENT","SecretAccessKey":"s3cr3t","Token":"t0k3n","Expiration":"2030-01-01T00:00:00Z"}"#
    private static let answer = """
        <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s3/cr+t</SecretAccessKey><SessionToken>t0k3n==</SessionToken>
        <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>
        """

    private func fetch(
        _ environment: [String: String], only: AWSCredentialSource? = nil, profile: String? = nil,
        _ peer: AWSPeer = AWSPeer { _, _ in AWSPeer.json("", status: 404) }
    ) async throws(ProviderError) -> AWSCredentials {
        try await AWSCredentialChain(
            only: only, profile: profile, region: "eu-west-1", environment: AWSEnvironment(environment),
            exchanges: peer.exchanges
        ).fetch()
    }

    private func code(_ body: () async throws -> AWSCredentials) async -> ProviderError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? ProviderError)?.code
        }
    }

    @Test("The environment comes first, and half of a key is an error")
    func environment() async throws {
        let both = ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "secret"]
        let found = try await fetch(both.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": "/none"]) { $1 })
        #expect(found.accessKeyID == "AKIA1" && found.sessionToken == nil && found.expiration == nil)
        let session = try await fetch(both.merging(["AWS_SESSION_TOKEN": "tok"]) { $1 })
        #expect(session.sessionToken == SecretBytes(Array("tok".utf8)))
        #expect(await code { try await fetch(["AWS_ACCESS_KEY_ID": "AKIA1"]) } == .configurationInvalid)
        let broken = ["AWS_ACCESS_KEY_ID": "AKIA1\n", "AWS_SECRET_ACCESS_KEY": "secret"]
        #expect(await code { try await fetch(broken) } == .configurationInvalid)
    }

    @Test("A profile's keys are read; a profile that somebody named must be there")
    func profile() async throws {
        let text = """
            # of mine
            [default]
            aws_access_key_id = AKIADEFAULT
            aws_secret_access_key=abc=/+
            [ci]\r
            aws_access_key_id = AKIACI\r
            AWS_SECRET_ACCESS_KEY = def\r
            aws_session_token = tok\r
            region = eu-west-1
            s3 =
              max_concurrent_requests = 20
            [role]
            role_arn = arn:aws:iam::1:role/x
            """
        try await Sample.withFile(text) { path in
            let environment = ["AWS_SHARED_CREDENTIALS_FILE": path, "AWS_EC2_METADATA_DISABLED": "true"]
            let first = try await fetch(environment)
            #expect(first.accessKeyID == "AKIADEFAULT" && first.secretAccessKey == SecretBytes(Array("abc=/+".utf8)))
            let second = try await fetch(environment, profile: "ci")
            #expect(second.accessKeyID == "AKIACI" && second.secretAccessKey == SecretBytes(Array("def".utf8)))
            #expect(second.sessionToken == SecretBytes(Array("tok".utf8)))
            for name in ["role", "none"] {
                #expect(await code { try await fetch(environment, profile: name) } == .configurationInvalid)
            }
        }
        let without = ["AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_EC2_METADATA_DISABLED": "true"]
        #expect(await code { try await fetch(without, only: .profile) } == .configurationInvalid)
    }

    @Test(
        "A credentials file that can be read in two ways is refused, and its content is not told",
        arguments: [
            "key = leaked-secret", "[a]\n[a]", "[a", "[a]\nleaked-secret", "[a]\nk = 1\nk = leaked-secret", "[]",
            "[a]\n= leaked-secret", "[a]\naws_secret_access_key =\n  leaked-secret",
        ])
    func profileFaults(text: String) {
        let error = #expect(throws: ProviderError.self) { try ProfileFile(Array(text.utf8), path: "file") }
        #expect(error?.code == .configurationInvalid && error?.reason.hasPrefix("file:") == true)
        #expect(error?.reason.contains("leaked-secret") == false)
    }

    @Test("A credentials file that is too long or no text is refused")
    func profileBounds() async throws {
        #expect(throws: ProviderError.self) { try ProfileFile([0xff], path: "file") }
        try await Sample.withFile(String(repeating: "#", count: ProfileCredentials.maximumBytes + 1)) { path in
            let environment = ["AWS_SHARED_CREDENTIALS_FILE": path]
            #expect(await code { try await fetch(environment) } == .configurationInvalid)
        }
    }

    @Test("A web identity is exchanged at STS of the region, unsigned")
    func webIdentity() async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(Self.answer) }
        try await Sample.withFile("ey.J+.x\n") { path in
            let environment = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": "arn:aws:iam::1:role/x",
                "AWS_SHARED_CREDENTIALS_FILE": "/none",
            ]
            let found = try await fetch(environment, peer)
            #expect(found.accessKeyID == "ASIAROLE" && found.expiration == AWSTime("2030-01-01T00:00:00Z"))
            #expect(found.secretAccessKey == SecretBytes(Array("s3/cr+t".utf8)))
            #expect(found.sessionToken == SecretBytes(Array("t0k3n==".utf8)))
            _ = try await fetch(
                environment.merging(["AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9/"]) { $1 }, only: .webIdentity, peer)
            #expect(
                await code { try await fetch(["AWS_WEB_IDENTITY_TOKEN_FILE": path], only: .webIdentity, peer) }
                    == .configurationInvalid)
            let elsewhere = environment.merging(["AWS_ENDPOINT_URL_STS": "http://10.0.0.1"]) { $1 }
            #expect(await code { try await fetch(elsewhere, only: .webIdentity, peer) } == .configurationInvalid)
        }
        #expect(peer.requests.map(\.url) == ["https://sts.eu-west-1.amazonaws.com/", "http://127.0.0.1:9/"])
        let request = try #require(peer.requests.first)
        #expect(
            request.text
                == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx"
                + "&RoleSessionName=signet&WebIdentityToken=ey.J%2B.x")
        #expect(request[field: "Authorization"] == nil)
    }

    @Test(
        "Refusals of STS",
        arguments: [
            ("AccessDenied", 403, ProviderError.Code.denied), ("ExpiredTokenException", 400, .denied),
            ("InvalidIdentityToken", 400, .denied), ("IDPCommunicationError", 400, .unreachable),
            ("ValidationError", 400, .configurationInvalid), ("Throttling", 400, .throttled),
        ])
    func stsFaults(name: String, status: Int, expected: ProviderError.Code) async throws {
        let peer = AWSPeer { _, _ in
            AWSPeer.json("<ErrorResponse><Error><Code>\(name)</Code></Error></ErrorResponse>", status: status)
        }
        try await Sample.withFile("token") { path in
            let environment = ["AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": "r"]
            #expect(await code { try await fetch(environment, only: .webIdentity, peer) } == expected)
        }
    }

    @Test("XML in which a value is not plain text, or is there twice, has no such value")
    func xml() {
        #expect(XMLFields(Array("<a><B>1</B></a>".utf8))["B"] == "1")
        for text in ["<B>1</B><B>2</B>", "<B x='1'>1</B>", "<B>&amp;</B>", "<B><C/></B>", "<B>1", "", "<B", "1</B>"] {
            #expect(XMLFields(Array(text.utf8))["B"] == nil, "\(text)")
        }
    }

    @Test("A container's endpoint is asked with its token, at AWS's own addresses in plain text")
    func container() async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(Self.document) }
        let relative = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x", "AWS_SHARED_CREDENTIALS_FILE": "/none",
        ]
        let found = try await fetch(relative, peer)
        #expect(found.accessKeyID == "ASIADOCUMENT" && found.expiration == AWSTime("2030-01-01T00:00:00Z"))
        try await Sample.withFile("file-token\n") { path in
            for (url, variable, value) in [
                ("http://169.254.170.23/v1", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain-token"),
                ("http://[fd00:ec2::23]/v1", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path),
                ("http://localhost:1/v1", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain-token"),
                ("http://10.0.0.1/v1", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain-token"),
                ("https://169.254.170.23/v1", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain-token"),
            ] {
                let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, variable: value]
                _ = try await fetch(environment, only: .container, peer)
            }
        }
        #expect(peer.requests.first?.url == "http://169.254.170.2/v2/credentials/x")
        #expect(
            peer.requests.map { $0[field: "Authorization"] }
                == [nil, "plain-token", "file-token", "plain-token", "plain-token", "plain-token"])
        // Whatever goes by the first way in plain text is refused there unless it leads to this machine.
        #expect(peer.ways == ["metadata", "metadata", "metadata", "service", "service", "service"])
        let trick = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@evil.example/"]
        #expect(await code { try await fetch(trick, only: .container, peer) } == .configurationInvalid)
    }

    @Test("The real ways refuse plain text to other machines, before any connection")
    func plaintext() async throws {
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://10.0.0.1/v1"]
        let chain = AWSCredentialChain(
            only: .container, profile: nil, region: "r", environment: AWSEnvironment(environment), exchanges: .live)
        #expect(await code { try await chain.fetch() } == .configurationInvalid)
    }

    @Test("An instance's role is asked for by the second version of the protocol")
    func instance() async throws {
        let peer = AWSPeer { request, index in
            switch index {
            case 0: AWSPeer.json("imds-token")
            case 1: AWSPeer.json("my-role\n")
            default: AWSPeer.json(Self.document)
            }
        }
        let found = try await fetch(["AWS_SHARED_CREDENTIALS_FILE": "/none"], peer)
        #expect(found.accessKeyID == "ASIADOCUMENT" && found.origin == "the instance's role my-role")
        let base = "http://169.254.169.254/latest"
        #expect(
            peer.requests.map { "\($0.method) \($0.url)" } == [
                "PUT \(base)/api/token", "GET \(base)/meta-data/iam/security-credentials/",
                "GET \(base)/meta-data/iam/security-credentials/my-role",
            ])
        #expect(peer.requests.map { $0[field: "X-aws-ec2-metadata-token"] } == [nil, "imds-token", "imds-token"])
        #expect(peer.requests.first?[field: "X-aws-ec2-metadata-token-ttl-seconds"] == "60")
        #expect(peer.ways == ["metadata", "metadata", "metadata"])
    }

    @Test("An instance without a role, with a closed service, or with an answer that is none")
    func instanceFaults() async throws {
        for (status, body, expected) in [
            (404, "", ProviderError.Code.denied), (403, "", .denied), (500, "", .unreachable), (429, "", .throttled),
            (200, "", .answerBroken), (200, "a b", .answerBroken), (200, "../x", .answerBroken),
        ] {
            let peer = AWSPeer { _, index in
                index == 0 ? AWSPeer.json("token") : AWSPeer.json(body, status: status)
            }
            #expect(await code { try await fetch([:], only: .instance, peer) } == expected, "\(status) \(body)")
        }
        let disabled = ["AWS_EC2_METADATA_DISABLED": "true"]
        #expect(await code { try await fetch(disabled, only: .instance) } == .configurationInvalid)
        #expect(
            await code { try await fetch(disabled.merging(["AWS_SHARED_CREDENTIALS_FILE": "/none"]) { $1 }) }
                == .configurationInvalid)
        let peer = AWSPeer { _, _ in AWSPeer.json("x") }
        let other = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1/"]
        _ = await code { try await fetch(other, only: .instance, peer) }
        #expect(peer.requests.first?.url == "http://127.0.0.1:1/latest/api/token")
    }

    @Test(
        "A document that is incomplete is no credentials",
        arguments: ["", "{}", #"{"AccessKeyId":"a","SecretAccessKey":"b","Token":"c"}"#, "[]"])
    func documents(text: String) {
        #expect(throws: ProviderError.self) { try AWSCredentials(document: Array(text.utf8), origin: "it") }
    }

    @Test("Whatever bytes come, readers answer or refuse")
    func chance() {
        var state: UInt64 = 20_261_127
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seeds = [
            Self.answer, Self.document, "[a]\nk = v\n# c\n  x = y\n", "2030-01-01T00:00:00.5Z",
            #"{"__type":"a#B:c","message":"m"}"#,
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var octets = seeds[next(seeds.count)]
            for _ in 0...next(6) {
                let place = next(octets.count + 1)
                switch next(3) {
                case 0 where place < octets.count: octets[place] = UInt8(next(256))
                case 1 where place < octets.count:
                    octets.removeSubrange(place..<(place + next(octets.count - place) + 1))
                default: octets.insert(UInt8(next(256)), at: place)
                }
            }
            let fault = AWSFault(EgressResponse(status: next(600), fields: [], body: octets))
            #expect("\(fault.error(from: "it", action: "a", origin: ""))".utf8.allSatisfy { $0 >= 0x20 })
            _ = try? AWSCredentials(document: octets, origin: "it")
            _ = try? ProfileFile(octets, path: "file")
            _ = AWSTime(String(decoding: octets, as: UTF8.self))
            _ = Base64.decode(String(decoding: octets, as: UTF8.self))
        }
    }

    @Test("Nothing prints a secret")
    func printing() throws {
        let text = "\(try Sample.credentials(token: Sample.token))"
        #expect(!text.contains(Sample.secret) && !text.contains(Sample.token))
    }
}
