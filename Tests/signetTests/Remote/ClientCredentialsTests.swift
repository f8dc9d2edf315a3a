import JOSE
import Testing

@testable import signet

@Suite("A file of client credentials")
struct ClientCredentialsTests {
    private func parse(_ text: String) throws -> ClientCredentials {
        try ClientCredentials(parsing: Array(text.utf8), name: "file")
    }

    private func entry(
        _ client: String, _ secret: String = "s", auth: SecretMethod = .basic, server: String = "http://a"
    ) -> ClientCredentials.Entry {
        .init(server: server, clientID: client, clientSecret: secret, auth: auth)
    }

    @Test(
        "What is none is refused with status 65",
        arguments: [
            "", "secret", "{}", "[]", #"{"server":"http://a","clients":[{}]}"#,
            #"{"server":"http://a","clients":[{"client_id":"c","client_secret":"s","auth":"private_key_jwt"}]}"#,
        ])
    func malformed(text: String) {
        #expect {
            try parse(text)
        } throws: {
            ($0 as? CommandFailure)?.status == .malformedInput
        }
    }

    @Test("What it says is written and read the same")
    func roundTrip() throws {
        let credentials = ClientCredentials(clients: [
            entry("a", auth: .post), entry("b"), entry("b", server: "http://b"),
        ])
        #expect(try parse(credentials.json.serializedString()) == credentials)
    }

    @Test("A client without auth has that of HTTP Basic, and a scope or resource in the file says nothing")
    func defaults() throws {
        let client = #"{"client_id":"c","client_secret":"s","scope":"x","resource":"y"}"#
        #expect(try parse(#"{"server":"http://a","clients":[\#(client)]}"#).clients == [entry("c")])
    }

    @Test("New clients come last, or in place of those of the same name and server")
    func merged() {
        let old = ClientCredentials(clients: [entry("a"), entry("a", server: "http://b"), entry("b")])
        #expect(
            old.merged(with: [entry("c"), entry("a", "new")]).clients == [
                entry("a", "new"), entry("a", server: "http://b"), entry("b"), entry("c"),
            ])
    }

    @Test("A changed auth reaches the client of that server alone")
    func updated() {
        let old = ClientCredentials(clients: [entry("a"), entry("a", server: "http://b"), entry("b")])
        #expect(
            old.updated(with: ["a": .post, "c": .post], at: "http://a").clients == [
                entry("a", auth: .post), entry("a", server: "http://b"), entry("b"),
            ])
    }
}
