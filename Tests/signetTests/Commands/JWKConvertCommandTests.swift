import Foundation
import JOSE
import Testing

@Suite("signet jwk convert")
struct JWKConvertCommandTests {
    private func convert(_ arguments: String..., input: [UInt8]) throws -> Program.Result {
        try Program.run(["jwk", "convert"] + arguments, input: input)
    }

    private func key(_ algorithm: String) throws -> [UInt8] {
        try Program.run(["jwk", "generate", "--alg", algorithm]).output
    }

    @Test(
        "What can't be parsed is malformed input, and says why",
        arguments: [
            ("", "der-invalid"), ("x", "der-invalid"), ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "pem-invalid"),
            ("-----BEGIN X-----\nAAAA\n-----END X-----\n", "pem-invalid"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "der-invalid"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "key-encrypted"),
            ("{", "json-invalid"), ("{}", "key-invalid"), ("[]", "der-invalid"),
            ("comment\n-----BEGIN PUBLIC KEY-----\n", "pem-invalid"),
        ])
    func malformed(text: String, code: String) throws {
        let result = try convert("--to", "jwk", "--json", input: Array(text.utf8))
        #expect(result.status == 65)
        #expect(result.json?["error"]?["code"]?.stringValue == code)
        #expect(result.json?["error"]?["exit_status"] == 65)
        let plain = try convert("--to", "jwk", input: Array(text.utf8))
        #expect(
            plain.status == 65 && plain.output.isEmpty && plain.errors.hasPrefix("signet: \(code): standard input: "))
    }

    @Test("The input is taken for what --from says and nothing else")
    func from() throws {
        let jwk = try key("ES256")
        let pem = try convert("--to", "pem", input: jwk).output
        let der = try convert("--to", "der", input: jwk).output
        for (name, input) in [("jwk", jwk), ("pem", pem), ("der", der)] {
            #expect(try convert("--to", "pem", "--from", name, input: input).output == pem)
            for other in ["jwk", "pem", "der"] where other != name {
                #expect(try convert("--to", "pem", "--from", other, input: input).status == 65)
            }
        }
        let explained = Array("A key:\n".utf8) + pem
        #expect(try convert("--to", "pem", input: explained).output == pem)
        #expect(try convert("--to", "pem", "--from", "pem", input: explained).output == pem)
    }

    @Test("A form that the key does not come in is refused")
    func forms() throws {
        for (algorithm, form) in [("ES256", "pkcs1"), ("Ed25519", "sec1"), ("RS256", "sec1")] {
            let result = try convert("--to", "pem", "--form", form, input: key(algorithm))
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("refused: key-mismatch: "))
            #expect(result.output.isEmpty)
        }
        for to in ["pem", "der"] {
            let result = try convert("--to", to, input: key("HS256"))
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("refused: key-mismatch: "))
        }
        #expect(try convert("--to", "jwk", "--form", "spki", input: key("ES256")).status == 64)
        #expect(try convert("--to", "pem", "--form", "x509", input: key("ES256")).status == 64)
        #expect(try convert("--to", "pkcs8", input: key("ES256")).status == 64)
        #expect(try convert(input: key("ES256")).status == 64)
    }

    @Test(
        "A key that goes to PEM or DER and back is the same key",
        arguments: [
            ("RS256", ["pkcs8", "pkcs1"]), ("ES256", ["pkcs8", "sec1"]), ("ES384", ["pkcs8", "sec1"]),
            ("ES512", ["pkcs8", "sec1"]), ("Ed25519", ["pkcs8"]), ("ECDH-ES", ["pkcs8"]),
        ])
    func roundTrip(algorithm: String, forms: [String]) throws {
        let jwk = try key(algorithm)
        let members = try JWK(parsing: jwk).object(includingPrivate: true)
        for to in ["pem", "der"] {
            for form in forms {
                let written = try convert("--to", to, "--form", form, input: jwk)
                #expect(written.status == 0)
                let read = try convert("--to", "jwk", input: written.output)
                var expected = members
                for name in ["kid", "alg", "use"] { expected[name] = nil }
                #expect(read.json == .object(expected))
            }
            #expect(
                try convert("--to", to, input: jwk).output == convert("--to", to, "--form", "pkcs8", input: jwk).output)
        }
        let half = try Program.run(["jwk", "public"], input: jwk).output
        let spki = try convert("--to", "pem", input: half)
        #expect(spki.text.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        #expect(try convert("--to", "pem", "--form", "spki", input: jwk).output == spki.output)
        #expect(try convert("--to", "jwk", input: spki.output).json?["d"] == nil)
    }

    @Test("Several keys are a JWKS in JSON, blocks in PEM, and too many for DER")
    func several() throws {
        let (one, two) = (try key("ES256"), try key("RS256"))
        let set = Array("{\"keys\":[".utf8) + one + Array(",".utf8) + two + Array("]}".utf8)
        let pem = try convert("--to", "pem", input: set)
        #expect(pem.text.components(separatedBy: "-----BEGIN PRIVATE KEY-----").count == 3)
        let back = try convert("--to", "jwk", input: pem.output)
        #expect(back.json?["keys"]?.arrayValue?.count == 2)
        let der = try convert("--to", "der", input: set)
        #expect(der.status == 1)
        #expect(der.errors.hasPrefix("refused: key-ambiguous: "))
    }

    @Test("With --json the form is in JSON, with its label")
    func json() throws {
        let jwk = try key("ES256")
        let pem = try convert("--to", "pem", "--json", input: jwk)
        #expect(pem.json?["label"] == "PRIVATE KEY")
        #expect(try pem.json?["pem"]?.stringValue == convert("--to", "pem", input: jwk).text)
        #expect(try pem.json?["kid"]?.stringValue == JWK(parsing: jwk).kid)
        let der = try convert("--to", "der", "--json", "--form", "sec1", input: jwk)
        #expect(der.json?["label"] == "EC PRIVATE KEY")
        let octets = try convert("--to", "der", "--form", "sec1", input: jwk).output
        #expect(der.json?["der"]?.stringValue == Base64URL.encode(octets))
    }

    @Test("A file that is written can be read by its owner only, and nothing is printed")
    func file() throws {
        let scratch = try Scratch()
        let jwk = try key("ES256")
        for to in ["jwk", "pem", "der"] {
            let path = scratch.path("key.\(to)")
            let result = try convert("--to", to, "--out", path, input: jwk)
            #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == convert("--to", to, input: jwk).output)
        }
        #expect(try convert("--to", "pem", "--out", scratch.path("no/such/dir/key.pem"), input: jwk).status == 64)
    }

    @Test("DER does not go to a terminal")
    func terminal() throws {
        let scratch = try Scratch()
        let path = try scratch.file("key.jwk", key("ES256"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = ["-qec", "'\(Program.url.path)' jwk convert --to der '\(path)'", "/dev/null"]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 64)
        #expect(text.contains("--out FILE"))
    }
}
