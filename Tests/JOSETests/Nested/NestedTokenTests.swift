import Testing

@testable import JOSE

@Suite("A nested token")
struct NestedTokenTests {
    @Test("opens to its claims and the names of both keys", arguments: TokenProfile.all)
    func roundTrip(profile: TokenProfile) throws {
        let keys = try TokenKeys(profile)
        let token = try keys.seal(#"{"iss":"https://as.example","sub":"reporter","aud":"https://orders.example"}"#)
        #expect(token.split(separator: ".", omittingEmptySubsequences: false).count == 5)
        let opened = try keys.open(token)
        #expect(opened.claims.subject == "reporter")
        #expect(opened.claims.audience == ["https://orders.example"])
        #expect(opened.encryptionKeyID == keys.encryption.kid)
        #expect(opened.signingKeyID == keys.signing.kid)
        #expect(opened.contentEncryption == profile.content)
    }
}
