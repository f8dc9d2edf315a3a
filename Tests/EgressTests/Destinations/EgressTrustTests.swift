import Testing

@testable import Egress

@Suite("Whose certificates are believed")
struct EgressTrustTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("A certificate of an authority that is not trusted is refused")
    func unknownAuthority() async throws {
        #expect(try await outcome("localhost", "localhost", .system) == .certificateUntrusted)
    }

    @Test("A certificate for another name is refused", arguments: ["localhost", "127.0.0.1"])
    func otherName(host: String) async throws {
        #expect(try await outcome("elsewhere", host, try ours()) == .certificateUntrusted)
    }

    @Test("A peer without TLS is refused")
    func plaintextPeer() async throws {
        let outcome = try await outcome(nil, "localhost", try ours())
        #expect(outcome == .tlsFailed || outcome == .responseBroken)
    }

    @Test("A certificate for this name or address is taken", arguments: ["localhost", "127.0.0.1"])
    func rightName(host: String) async throws {
        #expect(try await outcome("localhost", host, try ours()) == nil)
    }

    @Test(
        "What is no certificate is no trust",
        arguments: ["", "x", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----"])
    func notCertificates(text: String) {
        let error = #expect(throws: EgressError.self) { try EgressTrust(pem: Array(text.utf8)) }
        #expect(error?.code == .trustInvalid)
    }

    private func ours() throws -> EgressTrust { try EgressTrust(pem: CannedServer.certificate("ca")) }

    private func outcome(
        _ identity: String?, _ host: String, _ trust: EgressTrust
    ) async throws -> EgressError.Code? {
        let server = try await CannedServer(.answerAndStay(Self.answer), identity: identity)
        var code: EgressError.Code?
        do {
            let client = EgressClient(policy: .operatorChosen, trust: trust)
            let response = try await client.send(EgressRequest("GET", "https://\(host):\(server.port)/"))
            #expect(response.body == Array("ok".utf8))
        } catch {
            code = error.code
        }
        await server.close()
        return code
    }
}
