import Foundation
import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("The root key file")
struct RootKeyFileTests {
    static func open(_ folder: TemporaryFolder, _ passphrase: SecretBytes? = nil) throws -> RootKey {
        try RootKeyFile.open(dataDirectory: folder.path, passphrase: passphrase)
    }

    static func edit(_ folder: TemporaryFolder, _ change: (inout JSONObject) -> Void) throws {
        guard var object = try JSONValue(parsing: folder.content("root.key")).objectValue else { return }
        change(&object)
        try folder.write(object.serialized(), to: "root.key")
    }

    // MARK: What is refused

    @Test(arguments: [0o640, 0o604, 0o660, 0o606, 0o644, 0o610, 0o601, 0o777])
    func aFileThatOthersMayUseIsRefused(mode: Int) async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder)
        try folder.write(try folder.content("root.key"), to: "root.key", mode: mode)
        #expect(await keyError { try Self.open(folder) } == .rootKeyExposed)
    }

    @Test func aFolderInTheFilesPlaceIsRefused() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("root.key"), withIntermediateDirectories: false)
        #expect(await keyError { try Self.open(folder) } == .rootKeyExposed)
    }

    @Test func aMissingDataDirectoryIsUnavailable() async throws {
        let folder = try TemporaryFolder()
        let code = await keyError { try RootKeyFile.open(dataDirectory: folder.file("nowhere"), passphrase: nil) }
        #expect(code == .rootKeyUnavailable)
    }

    @Test func aMissingFileBesideSealedRowsIsAnErrorAndNothingIsMade() async throws {
        let installation = try await Installation()
        let folder = installation.folder
        try FileManager.default.removeItem(atPath: folder.file("root.key"))
        let code = await keyError {
            try await InstalledRootKey.open(
                dataDirectory: folder.path, protection: .none, database: installation.database)
        }
        #expect(code == .rootKeyMissing)
        #expect(try folder.names().contains { $0.hasPrefix("root.key") } == false)
    }

    @Test func aFileCutOffAnywhereIsMalformed() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder)
        let whole = try folder.content("root.key")
        for length in 0..<(whole.count - 2) {
            try folder.write(Array(whole.prefix(length)), to: "root.key")
            #expect(await keyError { try Self.open(folder) } == .rootKeyMalformed, "cut off at \(length)")
        }
    }

    @Test(arguments: [
        "", "[]", "{}", "nonsense", #"{"signet_root_key":"1"}"#, #"{"signet_root_key":1,"id":"x"}"#,
        #"{"signet_root_key":1,"id":"x","key":"AAAA"}"#, #"{"signet_root_key":1,"id":"x","key":"not base64url!"}"#,
        #"{"signet_root_key":1,"id":"x","scrypt":{"n":131072},"sealed":"AAAA"}"#,
    ])
    func aFileOfAnotherKindIsMalformed(text: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array(text.utf8), to: "root.key")
        #expect(await keyError { try Self.open(folder) } == .rootKeyMalformed)
    }

    @Test func aHugeFileIsNotReadToItsEnd() async throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0x20, count: 1 << 20), to: "root.key")
        #expect(await keyError { try Self.open(folder) } == .rootKeyMalformed)
    }

    @Test func aFileOfALaterVersionIsMalformed() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder)
        try Self.edit(folder) { $0["signet_root_key"] = 2 }
        #expect(await keyError { try Self.open(folder) } == .rootKeyMalformed)
    }

    @Test func anotherKeyUnderTheSameNameIsMalformed() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder)
        try Self.edit(folder) { $0["key"] = .string(Base64URL.encode([UInt8](repeating: 7, count: 32))) }
        #expect(await keyError { try Self.open(folder) } == .rootKeyMalformed)
    }

    @Test func aWrongOrMissingPassphraseIsRefused() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder, SecretBytes("correct horse"))
        #expect(await keyError { try Self.open(folder, SecretBytes("correct horsf")) } == .passphraseWrong)
        #expect(await keyError { try Self.open(folder, SecretBytes("")) } == .passphraseWrong)
        #expect(await keyError { try Self.open(folder) } == .passphraseRequired)
    }

    @Test func anEmptyPassphraseSealsNothing() async throws {
        let folder = try TemporaryFolder()
        #expect(await keyError { try Self.open(folder, SecretBytes("")) } == .passphraseRequired)
        #expect(try folder.names().isEmpty)
    }

    @Test func aPassphraseForAnUnsealedFileIsRefused() async throws {
        let folder = try TemporaryFolder()
        _ = try Self.open(folder)
        #expect(await keyError { try Self.open(folder, SecretBytes("word")) } == .passphraseUnexpected)
    }

    @Test(arguments: [1, 2, 1 << 14, 1 << 16, (1 << 17) + 1, 1 << 21, 1 << 62, -1] as [Int64])
    func scryptParametersThatAreWeakOrExhaustMemoryAreRefused(rounds: Int64) async throws {
        let folder = try TemporaryFolder()
        let seal = PassphraseSeal(
            rounds: rounds, blockSize: 8, parallelism: 1, salt: [UInt8](repeating: 1, count: 16),
            sealed: [UInt8](repeating: 2, count: 60))
        try folder.write(RootKeyDocument(id: "x", content: .sealed(seal)).serialized(), to: "root.key")
        #expect(await keyError { try Self.open(folder, SecretBytes("word")) } == .rootKeyMalformed)
    }

    @Test func aSealedFileThatWasChangedDoesNotOpen() async throws {
        let folder = try TemporaryFolder()
        let passphrase = SecretBytes("word")
        _ = try Self.open(folder, passphrase)
        let original = try folder.content("root.key")
        try Self.edit(folder) { $0["id"] = "another" }
        #expect(await keyError { try Self.open(folder, passphrase) } == .passphraseWrong)
        try folder.write(original, to: "root.key")
        try Self.edit(folder) { object in
            var bytes = (try? Base64URL.decode(object["sealed"]?.stringValue ?? "")) ?? []
            bytes[bytes.count - 1] ^= 1
            object["sealed"] = .string(Base64URL.encode(bytes))
        }
        #expect(await keyError { try Self.open(folder, passphrase) } == .passphraseWrong)
    }

    // MARK: What works

    @Test func theFirstStartMakesAPrivateFileThatLaterStartsRead() throws {
        let folder = try TemporaryFolder()
        let first = try Self.open(folder)
        #expect(try folder.mode("root.key") == 0o600)
        #expect(try folder.names() == ["root.key"], "no draft is left")
        let content = try folder.content("root.key")
        let second = try Self.open(folder)
        #expect(first.secret == second.secret)
        #expect(first.id == second.id)
        #expect(try folder.content("root.key") == content)
    }

    @Test func draftsOfAKilledStartAreRemovedAndNothingElse() throws {
        let folder = try TemporaryFolder()
        let kept = ["other.new-abc", "root.key", "root.key.bak", "root.keys.new-abc"]
        for name in kept + ["root.key.new-Zm9vYmFyMTI", "root.key.new-"] { try folder.write([1], to: name) }
        PrivateFile.removeDrafts(of: ["root.key"], in: folder.path)
        #expect(try folder.names() == kept)
    }

    @Test func twoInstallationsHaveDifferentKeys() throws {
        let first = try Self.open(try TemporaryFolder())
        let second = try Self.open(try TemporaryFolder())
        #expect(first.secret != second.secret)
        #expect(first.id != second.id)
    }

    @Test func aSealedFileOpensByItsPassphraseAndDoesNotHoldTheKey() throws {
        let folder = try TemporaryFolder()
        let first = try Self.open(folder, SecretBytes("correct horse"))
        let text = String(decoding: try folder.content("root.key"), as: UTF8.self)
        let key = first.secret.withUnsafeBytes { Base64URL.encode([UInt8]($0)) }
        #expect(!text.contains(key))
        #expect(text.contains(#""n":131072"#))
        #expect(try Self.open(folder, SecretBytes("correct horse")).secret == first.secret)
    }

    @Test func startsAtTheSameTimeAgreeOnOneKey() async throws {
        let folder = try TemporaryFolder()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try Self.open(folder).id } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try folder.names() == ["root.key"])
    }

    @Test func nothingPrintsTheKey() throws {
        let key = try RootKey(SecretBytes([UInt8](repeating: 0x41, count: 32)))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("AAAA") && !text.contains("QUFB") && !text.contains("65"), "\(text)")
        }
    }
}
