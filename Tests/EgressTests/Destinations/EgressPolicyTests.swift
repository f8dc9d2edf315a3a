import Testing

@testable import Egress

@Suite("Where requests may go")
struct EgressPolicyTests {
    @Test(
        "The strict policy refuses scheme and port before anything is looked up",
        arguments: ["http://a.example/", "https://a.example:80/", "https://a.example:22/", "https://a.example:6379/"])
    func schemeAndPort(url: String) async {
        #expect(await failure(.strict, url)?.code == .destinationRefused)
    }

    @Test(
        "The strict policy refuses what leads inside, by number and by name",
        arguments: [
            "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
            "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/",
            "https://0.0.0.0/", "https://localhost/", "https://LOCALHOST:8443/",
        ])
    func insideIsRefused(url: String) async {
        #expect(await failure(.strict, url)?.code == .addressRefused)
    }

    @Test("A refused address is not connected to")
    func nothingIsSent() async throws {
        let server = try await CannedServer(.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        var policy = EgressPolicy.operatorChosen
        policy.addresses = .publicInternet(and: [])
        #expect(await failure(policy, "http://localhost:\(server.port)/")?.code == .addressRefused)
        #expect(server.connections == 0)
        policy.addresses = .publicInternet(and: Self.loopback)
        #expect(await failure(policy, "http://localhost:\(server.port)/") == nil)
        #expect(server.connections == 1)
        await server.close()
    }

    @Test("One address inside refuses a name, whatever its other addresses are")
    func mixedNamesAreRefused() throws {
        let url = try EgressURL("https://a.example/")
        let addresses = ["8.8.8.8", "10.0.0.1"].compactMap { IPAddress($0) }
        #expect(throws: EgressError.self) { try EgressPolicy.strict.check(addresses, of: url) }
        #expect(throws: EgressError.self) { try EgressPolicy.strict.check(addresses.reversed(), of: url) }
        try EgressPolicy.strict.check([addresses[0]], of: url)
    }

    @Test("A range that is allowed opens itself and nothing beside it, mapped addresses included")
    func rangesAreNarrow() throws {
        var policy = EgressPolicy.strict
        policy.addresses = .publicInternet(and: [try #require(IPRange("10.0.0.0/24"))])
        let url = try EgressURL("https://a.example/")
        try policy.check([try #require(IPAddress("10.0.0.9")), try #require(IPAddress("::ffff:10.0.0.9"))], of: url)
        for text in ["10.0.1.0", "::ffff:10.0.1.0", "127.0.0.1"] {
            #expect(throws: EgressError.self) { try policy.check([try #require(IPAddress(text))], of: url) }
        }
    }

    @Test("Plaintext on the loopback is plaintext nowhere else")
    func plaintextStaysInside() throws {
        var policy = EgressPolicy.operatorChosen
        policy.plaintext = .loopback
        let url = try EgressURL("http://a.example/")
        try policy.check(["127.0.0.2", "::1", "::ffff:127.0.0.1"].compactMap { IPAddress($0) }, of: url)
        for text in ["8.8.8.8", "10.0.0.1", "::2"] {
            #expect(throws: EgressError.self) { try policy.check([try #require(IPAddress(text))], of: url) }
        }
    }

    static let loopback = ["127.0.0.0/8", "::1"].compactMap { IPRange($0) }

    private func failure(_ policy: EgressPolicy, _ url: String) async -> EgressError? {
        do {
            _ = try await EgressClient(policy: policy).send(EgressRequest("GET", url))
            return nil
        } catch {
            return error
        }
    }
}
