import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("The parts of the transit provider")
struct TransitPartsTests {
    // RFC 4648 section 10, and one text with both characters that base64url writes otherwise.
    @Test("A ciphertext names the version of its key")
    func ciphertext() {
        #expect(TransitCiphertext("vault:v1:AAAA")?.version == 1)
        #expect(TransitCiphertext("vault:v12:ab+/==")?.version == 12)
    }

    @Test(
        "Anything else is no ciphertext",
        arguments: [
            "", "vault:", "vault:v1", "vault:v1:", "vault:v0:AAAA", "vault:v-1:AAAA", "vault:v+1:AAAA", "vault:v:AAAA",
            "vault:v99999999999999999999:AAAA", "vault:v1:AAAA:AAAA", "vault:v1:AA AA", "vault:v1:AA\"A",
            "Vault:v1:AAAA",
            "vault:v1:" + String(repeating: "A", count: 4096),
        ])
    func notCiphertext(text: String) {
        #expect(TransitCiphertext(text) == nil)
        #expect(TransitCiphertext(Array(text.utf8)) == nil)
    }

    @Test("Octets that are no text are no ciphertext")
    func notText() {
        #expect(TransitCiphertext(Array("vault:v1:".utf8) + [0xff]) == nil)
    }

    @Test("A lease is renewed at two thirds, and over at its end")
    func lease() throws {
        let lease = try #require(TransitLease(seconds: 60, isRenewable: true, start: 1000))
        #expect(
            [1000, 40_999, 41_000, 60_999, 61_000].map { lease.state(at: $0) } == [
                .good, .good, .renewalDue, .renewalDue, .over,
            ])
        #expect([1000, 41_000, 61_000].map { lease.pause(at: $0) } == [40_000, 6000, nil])
    }

    @Test("What can't be renewed is used to its end")
    func notRenewable() throws {
        var lease = try #require(TransitLease(seconds: 60, isRenewable: false, start: 0))
        #expect(lease.state(at: 59_999) == .good)
        #expect(lease.state(at: 60_000) == .over)
        #expect(lease.pause(at: 0) == nil)
        lease = try #require(TransitLease(seconds: 60, isRenewable: true, start: 0))
        lease.noteRefusal()
        #expect(lease.state(at: 59_999) == .good)
        // What is left at the end of the longest life is not worth a request each second.
        lease = try #require(TransitLease(seconds: 2, isRenewable: true, start: 0))
        #expect(lease.pause(at: 0) == nil)
    }

    @Test("No lease, an absurd one, and one without end")
    func oddLeases() throws {
        #expect(TransitLease(seconds: -1, isRenewable: true, start: 0) == nil)
        let endless = try #require(TransitLease(seconds: 0, isRenewable: true, start: 0))
        #expect(endless.state(at: .max) == .good && endless.pause(at: 0) == nil)
        let absurd = try #require(TransitLease(seconds: .max, isRenewable: true, start: 0))
        #expect(absurd.length == TransitLease.longest)
        #expect(TransitLease(unknownSince: 5).state(at: .max) == .good)
    }

    @Test("A secret is what stands between white space")
    func secrets() {
        #expect(TransitSecret.trimmed(Array(" s.abc\r\n\n".utf8)) == SecretBytes(Array("s.abc".utf8)))
        for text in ["", " \n", "a b", "a\u{e9}", "a\u{0}b"] { #expect(TransitSecret.trimmed(Array(text.utf8)) == nil) }
    }
}
