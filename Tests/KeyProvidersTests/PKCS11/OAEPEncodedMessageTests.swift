import Foundation
import JOSE
import Testing

@Suite("The padding of RSA-OAEP-256, undone here")
struct OAEPEncodedMessageTests {
    private static func content(_ octets: [UInt8]) -> [UInt8]? {
        octets.withUnsafeBytes { OAEPEncodedMessage.content(of: $0) }.map { $0.withUnsafeBytes { Array($0) } }
    }

    @Test("A content key of each length comes out, for each size of a modulus", arguments: [256, 384, 512, 1024])
    func opens(count: Int) {
        for length in 16...64 {
            var message = EncodedMessage((0..<length).map { UInt8($0) })
            message.count = count
            message.seed = SecretBytes.random(count: 32).withUnsafeBytes { Array($0) }
            #expect(Self.content(message.octets) == message.content)
        }
    }

    @Test("What is encrypted elsewhere has the same form")
    func zeros() {
        // A content of zeros and ones must not be taken for padding.
        for content in [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 1, count: 32)] {
            #expect(Self.content(EncodedMessage(content).octets) == content)
        }
    }

    @Test("Each fault is refused", arguments: EncodedMessage.faulty.map(\.0))
    func refuses(name: String) throws {
        let message = try #require(EncodedMessage.faulty.first { $0.0 == name }?.1)
        #expect(message.octets.count == 384)
        #expect(Self.content(message.octets) == nil)
    }

    @Test("No octet may be changed, and none may be missing or too many")
    func changes() {
        let good = EncodedMessage([UInt8](repeating: 0xAB, count: 32)).octets
        #expect(Self.content(good) != nil)
        for index in good.indices {
            var changed = good
            changed[index] ^= 0x10
            let content = Self.content(changed)
            #expect(content == nil || index >= 384 - 32 && content?.count == 32 && content != Self.content(good))
        }
        for count in [0, 1, 255, 1025, 2048] { #expect(Self.content([UInt8](repeating: 0, count: count)) == nil) }
    }

    private static let valgrind = "/usr/bin/valgrind"
    static let hasValgrind = FileManager.default.isExecutableFile(atPath: valgrind)

    /// Memcheck follows octets that it is told to take for undefined, and reports each branch and each address that depends
    /// on them: what it does not report has one course, and takes one time, for all messages.
    @Test(
        "No branch and no address depends on the message", .enabled(if: hasValgrind, "valgrind is not installed"),
        arguments: [false, true])
    func constantTime(leaks: Bool) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let sources = here.appendingPathComponent("../../../Sources/CLibcrypto").standardizedFileURL.path
        let program = directory.appendingPathComponent("unpad").path
        // As SwiftPM compiles it for a release.
        let built = try Self.run(
            "/usr/bin/env",
            [
                "clang", "-O2", "-I", sources + "/include", "-o", program,
                here.path + "/../../EndToEnd/support/oaep_unpad_memcheck.c",
                sources + "/OAEPUnpadding.c", "-lcrypto",
            ] + (leaks ? ["-DLEAKS"] : []))
        #expect(built == 0)
        let status = try Self.run(Self.valgrind, ["-q", "--error-exitcode=9", program])
        #expect(status == (leaks ? 9 : 0))
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
