import Foundation
import JOSE
import Testing

@testable import KeyManagement

@Suite("A root key that is handed over")
struct RootKeyHandoverTests {
    /// A file of the size of a place for a key, all zero.
    private func place(_ folder: TemporaryFolder, _ content: [UInt8]? = nil) throws -> Int32 {
        try folder.write(content ?? [UInt8](repeating: 0, count: RootKeyHandover.byteCount), to: "place")
        let descriptor = open(folder.file("place"), O_RDWR)
        try #require(descriptor >= 0)
        return descriptor
    }

    @Test("is opened by the first, and taken by the next without file and passphrase")
    func handedOver() async throws {
        let installation = try await Installation()
        let folder = installation.folder
        let descriptor = try place(folder)
        defer { close(descriptor) }
        let handover = RootKeyHandover(descriptor: descriptor)
        #expect(try handover.take() == nil)
        let first = try await InstalledRootKey.open(
            dataDirectory: folder.path, protection: .none, database: installation.database, handover: handover
        ).key
        try FileManager.default.removeItem(atPath: folder.file("root.key"))
        let second = try await InstalledRootKey.open(
            dataDirectory: folder.path, protection: .passphrase(SecretBytes("any")), database: installation.database,
            handover: RootKeyHandover(descriptor: descriptor)
        ).key
        #expect(second.id == first.id)
        #expect(second.secret == first.secret)
        #expect(try folder.names().contains("root.key") == false)
    }

    @Test("is nothing when it could not be opened")
    func notOpened() async throws {
        let installation = try await Installation()
        let descriptor = try place(installation.folder)
        defer { close(descriptor) }
        let handover = RootKeyHandover(descriptor: descriptor)
        let code = await keyError {
            try await InstalledRootKey.open(
                dataDirectory: installation.folder.path, protection: .passphrase(SecretBytes("wrong")),
                database: installation.database, handover: handover)
        }
        #expect(code == .passphraseUnexpected)
        #expect(try handover.take() == nil)
    }

    @Test("in a place that is too short, or holds something else, is refused", arguments: [0, 1, 33, 64, 65])
    func damaged(count: Int) async throws {
        let folder = try TemporaryFolder()
        let descriptor = try place(folder, [UInt8](repeating: 7, count: count))
        defer { close(descriptor) }
        let code = await keyError { try RootKeyHandover(descriptor: descriptor).take() }
        #expect(code == (count < RootKeyHandover.byteCount ? .rootKeyUnavailable : .rootKeyMalformed))
    }

    @Test("into a place that can't be written is an error")
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        close(try place(folder))
        let descriptor = open(folder.file("place"), O_RDONLY)
        defer { close(descriptor) }
        let key = try RootKey.random()
        #expect(
            await keyError { try RootKeyHandover(descriptor: descriptor).leave(OpenedRootKey(key: key)) }
                == .rootKeyUnavailable)
    }
}
