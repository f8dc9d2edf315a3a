import HTTPEngine
import Testing

@testable import Gateway

@Suite struct BearerCredentialTests {
    private func find(_ fields: String, limit: Int = 100) -> BearerCredential.Finding {
        TestHead.with("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n") { head -> BearerCredential.Finding in
            let found = BearerCredential.find(in: head, limit: limit)
            guard case .token(let field, let start, let end) = found else { return found }
            return BearerCredential.fault(in: head.value(at: field).extracting(start..<end)) ?? found
        } ?? .malformed("no head")
    }

    @Test(arguments: ["Bearer abc.d", "bearer abc.d", "BEARER abc.d"]) func theSchemeHasNoCase(value: String) {
        #expect(find("Authorization: \(value)\r\n") == .token(field: 1, start: 7, end: 12))
    }

    @Test(arguments: ["", "Authorization: Basic abc\r\n", "Authorization: Bearerabc\r\n", "X-Api-Key: abc\r\n"])
    func anythingElseIsNoCredential(fields: String) {
        #expect(find(fields) == .missing)
    }

    @Test func twoFieldsOrTwoValuesAreMalformed() {
        #expect(
            find("Authorization: Bearer a\r\nAuthorization: Bearer a\r\n") == .malformed("authorization-repeated"))
        #expect(find("Authorization: Basic a\r\nauthorization: Bearer b\r\n") == .malformed("authorization-repeated"))
        #expect(find("Authorization: Bearer a,b\r\n") == .malformed("authorization-repeated"))
        #expect(
            find("Authorization: Bearer a, Bearer b\r\n") == .malformed("token-forbidden-octet")
                || find("Authorization: Bearer a, Bearer b\r\n") == .malformed("authorization-repeated"))
    }

    @Test(arguments: ["Bearer", "Bearer a b", "Bearer a=", "Bearer \"a\"", "Bearer a%2e"])
    func whatCanBeNoTokenIsInvalid(value: String) {
        guard case .invalid = find("Authorization: \(value)\r\n") else {
            Issue.record("not invalid: \(value)")
            return
        }
    }

    @Test func aTokenBeyondTheLimitIsNotRead() {
        let token = String(repeating: "a", count: 101)
        #expect(find("Authorization: Bearer \(token)\r\n") == .invalid("token-too-large"))
        #expect(
            find("Authorization: Bearer \(token.dropLast())\r\n") == .token(field: 1, start: 7, end: 107))
    }
}

@Suite struct RequestQueryTests {
    private func hasToken(_ query: String) -> Bool { RequestQuery.hasAccessToken(Array(query.utf8).span) }

    @Test(arguments: [
        "access_token=x", "a=1&access_token=x", "access_token", "access%5Ftoken=x", "%61ccess_token=x",
        "a=1;access_token=x",
        "access_token=&b",
    ]) func aTokenParameterIsFoundHoweverItIsWritten(query: String) {
        #expect(hasToken(query))
    }

    @Test(arguments: [
        "", "a=access_token", "access_tokens=x", "xaccess_token=x", "access_toke=n", "Access_Token=x",
        "access%5gtoken=x",
    ]) func otherParametersAreNot(query: String) {
        #expect(!hasToken(query))
    }
}
