import HTTPEngine
import Testing

@testable import Gateway

@Suite struct FieldNameTests {
    private func isOwned(_ name: String) -> Bool { FieldName.isOwned(Array(name.utf8).span) }

    @Test(arguments: [
        "X-Signet-Subject", "x_signet_subject", "X-SIGNET_Client", "X-Signet-", "X_Forwarded_For", "X-Forwarded-Prefix",
        "Forwarded", "X-Real-IP", "x_real_ip", "X-Request-Id", "X-Client-Request-Id", "X-Original-URL", "X_Rewrite_Url",
        "X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method", "True-Client-IP", "Client-IP", "X-Client-IP",
        "X-Cluster-Client-Ip", "X-Host", "X-Original-Host",
        "X-Original-Method", "x_original_uri", "X-Rewrite-Uri", "Proxy", "proxy",
        "Content_Length", "transfer_encoding", "Keep_Alive", "Proxy_Connection", "PROXY_AUTHORIZATION",
    ]) func whatTheGatewayStatesIsNeverTheClients(name: String) {
        #expect(isOwned(name))
    }

    @Test(arguments: [
        "X-Signe", "X-Signature", "X-Api-Key", "Accept", "X-Real", "Forwarded-By", "X-Forward", "Proxys", "X-Proxy",
        "X-Origin", "", "X", "X-", "Cookie", "Content_Type", "Keep",
    ]) func otherFieldsAre(name: String) {
        #expect(!isOwned(name))
    }
}

@Suite struct PercentCodingTests {
    @Test(arguments: [
        ("reporter", "reporter"), ("a b", "a%20b"), ("a\r\nX: y", "a%0D%0AX%3A%20y"), ("ü", "%C3%BC"),
        ("100%", "100%25"),
        ("user@example.com", "user%40example.com"),
    ]) func everythingButUnreservedIsEscaped(text: String, encoded: String) {
        #expect(String(decoding: PercentCoding.encode(text), as: UTF8.self) == encoded)
    }
}

@Suite struct AddressTextTests {
    @Test(arguments: [
        (PeerAddress(octets: (0, 0x7f00_0001), isIPv6: false, port: 1), "127.0.0.1"),
        (PeerAddress(octets: (0, 0xc0a8_0afe), isIPv6: false, port: 1), "192.168.10.254"),
        (PeerAddress(octets: (0, 0x0000_ffff_0a00_0001), isIPv6: true, port: 1), "10.0.0.1"),
        (
            PeerAddress(octets: (0x2001_0db8_0000_0000, 0x0000_0000_00ab_0001), isIPv6: true, port: 1),
            "2001:db8:0:0:0:0:ab:1"
        ),
    ]) func anAddressIsWrittenAsParsersReadIt(peer: PeerAddress, text: String) {
        #expect(AddressText.text(peer) == text)
    }
}

@Suite struct UpstreamHealthTests {
    private let second: Int64 = 1_000_000_000

    @Test func healthyUpstreamsTakeTurns() {
        var health = UpstreamHealth()
        #expect((0..<4).map { health.choose(among: [7, 8], turn: $0, now: 0) } == [0, 1, 0, 1])
    }

    @Test func aFailingUpstreamIsSkippedForAWhileThenTriedOnce() {
        var health = UpstreamHealth()
        health.failed(7, now: 0)
        #expect((0..<4).map { health.choose(among: [7, 8], turn: $0, now: 1) } == [1, 1, 1, 1])
        #expect(health.choose(among: [7, 8], turn: 0, now: second) == 0)
        #expect(health.choose(among: [7, 8], turn: 0, now: second) == 1)
        health.succeeded(7)
        #expect(health.choose(among: [7, 8], turn: 0, now: second) == 0)
    }

    @Test func pausesDoubleUpToTheirBound() {
        var health = UpstreamHealth()
        for _ in 0..<40 { health.failed(7, now: 0) }
        #expect(health.choose(among: [7, 8], turn: 0, now: UpstreamHealth.longestPause - 1) == 1)
        #expect(health.choose(among: [7, 8], turn: 0, now: UpstreamHealth.longestPause) == 0)
    }

    @Test func whenAllFailTheOneWhosePauseEndsFirstIsTried() {
        var health = UpstreamHealth()
        health.failed(7, now: 10)
        health.failed(8, now: 0)
        #expect(health.choose(among: [7, 8], turn: 0, now: 20) == 1)
        #expect(health.choose(among: [7], turn: 0, now: 20) == 0)
    }
}
