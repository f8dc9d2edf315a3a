import JOSE
import Testing

@Suite("Wrong usage")
struct UsageTests {
    @Test(
        "A command line that can't be read leaves with status 64 and says why on standard error only",
        arguments: [
            ["nonsense"], ["nonsense", "--help"], ["help", "nonsense"], ["keys", "nonsense", "-h"],
            ["help", "keys", "nonsense"], ["jwk", "generate"], ["jwk", "generate", "--alg"],
            ["jwk", "generate", "--alg", "none"],
            ["jwk", "generate", "--alg", "RSA1_5"], ["jwk", "generate", "--alg", "ES256", "--crv", "P-384"],
            ["jwk", "generate", "--alg", "ES256", "--use", "enc"], ["jws", "sign"], ["jws", "verify", "--key", "x"],
            ["jws", "verify", "--key", "x", "--alg", "ES256,"],
            ["jws", "verify", "--key", "x", "--alg", ""],
            ["jwe", "encrypt", "--key", "x", "--alg", "RSA1_5", "--enc", "A256GCM"],
            ["jwe", "decrypt", "--key", "/does/not/exist"], ["keys", "rotate", "a", "b"],
            ["token", "--secret-file", "x"], ["echo", "--listen", "nowhere"], ["serve", "--role", "king"],
            ["jwt", "verify", "--key", "x", "--leeway", "2h"], ["bench", "tokens", "--time", "1"],
            ["bench", "tokens", "--only", "nonsense"],
        ])
    func usage(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test("A mistyped command is told beside those that there are")
    func unknownCommand() throws {
        let result = try Program.run(["jwt", "unseal"])
        #expect(result.status == 64)
        #expect(
            result.errors == "signet: signet jwt has no command \"unseal\"; it has decode, sign, verify, seal, open\n")
        let root = try Program.run(["nonsense"]).errors
        #expect(root.contains("serve, apply") && !root.contains("worker"))
    }

    @Test("A token given for a file's name is never repeated")
    func tokenAsFile() throws {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
        let result = try Program.run(["jwt", "decode", token])
        #expect(result.status == 64)
        #expect(result.errors.contains("standard input"))
        #expect(!result.errors.contains("eyJzdWIiOiJhIn0"))
    }

    @Test("What is planned and not there yet is refused by its name", arguments: ["gateway", "control"])
    func notSupported(role: String) throws {
        let result = try Program.run(["serve", "--role", role])
        #expect(result.status == 64)
        #expect(result.errors.contains("--role \(role) is not supported yet"))
    }

    @Test("With --json a failure is a JSON object on standard output too")
    func jsonFailure() throws {
        let usage = try Program.run(["jwk", "generate", "--json"])
        #expect(usage.status == 64)
        #expect(usage.json?["error"]?["exit_status"]?.integerValue == 64)
        let malformed = try Program.run(["jwk", "public", "--json"], input: Array("{}".utf8))
        #expect(malformed.status == 65)
        #expect(malformed.json?["error"]?["code"]?.stringValue == "key-invalid")
    }

    @Test("A server's URL that is none is blamed on what gave it")
    func serverURL() throws {
        let token = try Scratch().file("token", String(repeating: "x", count: 43))
        let export = ["export", "--admin-token-file", token]
        let environment = ["SIGNET_SERVER": "bogus"]
        let byEnvironment = try Program.run(export, environment: environment)
        #expect(byEnvironment.status == 64)
        #expect(byEnvironment.errors.hasPrefix("signet: SIGNET_SERVER: expected "), "\(byEnvironment.errors)")
        let byOption = try Program.run(export + ["--server", "bogus"], environment: environment)
        #expect(byOption.errors.hasPrefix("signet: --server: expected "), "\(byOption.errors)")
    }

    @Test("Help is there by both ways of asking for it")
    func help() throws {
        let byOption = try Program.run(["keys", "rotate", "--help"])
        #expect(byOption.status == 0)
        #expect(try Program.run(["help", "keys", "rotate"]).output == byOption.output)
        #expect(try Program.run(["help"]).output == (try Program.run(["--help"]).output))
    }

    @Test("The version is printed")
    func version() throws {
        let result = try Program.run(["--version"])
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("signet 0."))
    }
}
