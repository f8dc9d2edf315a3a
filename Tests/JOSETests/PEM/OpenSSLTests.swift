import Foundation
import Testing

@testable import JOSE

/// The peer itself, where it is installed; without it the vectors that it once wrote have to do.
@Suite("OpenSSL", .enabled(if: OpenSSL.isExpected, "openssl is not installed; make test-swift installs it"))
struct OpenSSLTests {
    @Test(
        "reads what is written here, and what it makes of it is read here",
        arguments: ["RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "ECDH-ES"])
    func roundTrip(algorithm: String) throws {
        let generated = try JWK.generate(algorithm: algorithm)
        let key = JWK(material: generated.material, kid: nil, algorithm: nil, use: nil)
        let publicHalf = try #require(key.publicJWK())
        let pkcs8 = try key.pem(.privateKeyInfo)
        #expect(try OpenSSL.run(["pkey"], pkcs8) == pkcs8)
        #expect(try OpenSSL.run(["pkey", "-pubout"], pkcs8) == key.pem(.subjectPublicKeyInfo))
        #expect(
            try OpenSSL.run(["pkey", "-pubin"], key.pem(.subjectPublicKeyInfo)) == publicHalf.pem(.subjectPublicKeyInfo)
        )
        #expect(
            try OpenSSL.run(["pkey", "-pubin", "-inform", "DER"], key.der(.subjectPublicKeyInfo))
                == key.pem(.subjectPublicKeyInfo))
        #expect(try JWK(pem: OpenSSL.run(["pkey"], pkcs8)) == key)
        #expect(try JWK(der: OpenSSL.run(["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], pkcs8)) == key)
        switch key.keyType {
        case "RSA":
            let pkcs1 = try key.pem(.rsaPrivateKey)
            #expect(try OpenSSL.run(["rsa", "-traditional"], pkcs8) == pkcs1)
            #expect(try OpenSSL.run(["rsa"], pkcs1) == pkcs8)
            #expect(try OpenSSL.run(["rsa", "-RSAPublicKey_out"], pkcs1) == key.pem(.rsaPublicKey))
            #expect(
                try OpenSSL.run(["rsa", "-RSAPublicKey_in", "-pubout"], key.pem(.rsaPublicKey))
                    == key.pem(.subjectPublicKeyInfo))
            #expect(try JWK(pem: OpenSSL.run(["rsa", "-traditional"], pkcs8)) == key)
        case "EC":
            let sec1 = try key.pem(.ecPrivateKey)
            #expect(try OpenSSL.run(["ec"], pkcs8) == sec1)
            #expect(try OpenSSL.run(["pkey"], sec1) == pkcs8)
            #expect(try JWK(pem: OpenSSL.run(["ec", "-no_public"], sec1)) == key)
            let compressed = try OpenSSL.run(["ec", "-pubout", "-conv_form", "compressed"], sec1)
            if key.curve != "secp256k1" { #expect(try JWK(pem: compressed) == publicHalf) }
        default:
            break
        }
    }

    @Test("refuses what it is given when that is no key: the peer is really asked")
    func refusal() throws {
        #expect(throws: OpenSSL.Failure.self) { try OpenSSL.run(["pkey"], octets("-----BEGIN PRIVATE KEY-----\n")) }
    }
}

enum OpenSSL {
    struct Failure: Error {
        let status: Int32
        let errors: String
    }

    static let path = "/usr/bin/openssl"

    /// Whether tests that need it are run. `make test-swift` has them fail, not skipped, when it is not there.
    static var isExpected: Bool {
        FileManager.default.isExecutableFile(atPath: path)
            || ProcessInfo.processInfo.environment["SIGNET_TEST_TOOLS"] == "required"
    }

    /// Runs a command on an input that fits a pipe.
    static func run(_ arguments: [String], _ input: [UInt8] = [], in directory: URL? = nil) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try? stdin.fileHandleForWriting.close()
        let output = [UInt8](stdout.fileHandleForReading.readDataToEndOfFile())
        let errors = stderr.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus, errors: String(decoding: errors, as: UTF8.self))
        }
        return output
    }
}
