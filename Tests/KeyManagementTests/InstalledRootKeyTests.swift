import Foundation
import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("The root key of an installation")
struct InstalledRootKeyTests {
    private static let row = RowIdentity(table: "client", id: "reporter", column: "secret")

    private static func open(
        _ installation: Installation, _ protection: RootKeyProtection = .none, _ handover: RootKeyHandover? = nil
    ) async throws -> InstalledRootKey {
        try await InstalledRootKey.open(
            dataDirectory: installation.folder.path, protection: protection, database: installation.database,
            handover: handover)
    }

    private static func upkeep(_ installation: Installation) async throws -> SealingUpkeep {
        try await SealingUpkeep(
            database: installation.database, sealer: installation.sealer, rootKey: try await open(installation),
            keys: installation.keys, columns: KeyStore.sealedColumns, clock: installation.time.clock)
    }

    // MARK: What is refused

    @Test("is not opened by a key that was given and is another one, and nothing changes")
    func givenForeign() async throws {
        let installation = try await Installation()
        try FileManager.default.removeItem(atPath: installation.folder.file("root.key"))
        let names = try installation.folder.names()
        let code = await keyError {
            try await Self.open(installation, .given(try .random(), previous: try .random()))
        }
        #expect(code == .rootKeyForeign)
        #expect(try installation.folder.names() == names)
    }

    @Test("is refused when neither file is that of the store, and both stay")
    func foreignFiles() async throws {
        let (here, there) = (try await Installation(), try await Installation())
        for name in ["root.key", "root.key.new"] {
            try here.folder.write(try there.folder.content("root.key"), to: name)
        }
        #expect(await keyError { try await Self.open(here) } == .rootKeyForeign)
        #expect(try here.folder.content("root.key") == there.folder.content("root.key"))
        #expect(try here.folder.content("root.key.new") == there.folder.content("root.key"))
    }

    @Test("is asked for where it may have been, when there is none")
    func missing() async throws {
        let installation = try await Installation()
        try FileManager.default.removeItem(atPath: installation.folder.file("root.key"))
        let error = await #expect(throws: KeyError.self) { try await Self.open(installation) }
        #expect(error?.code == .rootKeyMissing)
        for word in [installation.folder.file("root.key"), "root_key.value", "backup"] {
            #expect(error?.reason.contains(word) == true, "\(word)")
        }
    }

    @Test("that a service was given is not looked for in a file when the store turns out to be another one's")
    func givenAndForgotten() async throws {
        let (here, there) = (try await Installation(), try await Installation())
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0, count: RootKeyHandover.byteCount), to: "place")
        let descriptor = Foundation.open(folder.file("place"), O_RDWR)
        defer { close(descriptor) }
        let handover = RootKeyHandover(descriptor: descriptor)
        for installation in [here, there] {
            try FileManager.default.removeItem(atPath: installation.folder.file("root.key"))
        }
        _ = try await Self.open(here, .given(here.rootKey, previous: nil), handover)
        let error = await #expect(throws: KeyError.self) { try await Self.open(there, .none, handover) }
        #expect(error?.code == .rootKeyForeign)
        #expect(error?.reason.contains(here.rootKey.id) == true)
        #expect(error?.reason.contains(there.rootKey.id) == true)
    }

    @Test("is not rotated when it was given")
    func givenIsNotRotated() async throws {
        let installation = try await Installation()
        // With a file beside it, a rotation would write the new key there.
        #expect(
            await keyError { try await Self.open(installation, .given(installation.rootKey, previous: nil)) }
                == .providerMismatch)
        try FileManager.default.removeItem(atPath: installation.folder.file("root.key"))
        let given = try await Self.open(installation, .given(installation.rootKey, previous: nil))
        let code = await keyError {
            try await given.rotate(installation.sealer) { _, _ in }
        }
        #expect(code == .rootKeyOutside)
        #expect(try installation.folder.names().allSatisfy { !$0.hasPrefix("root.key") })
    }

    @Test("stays when the transaction of its rotation fails")
    func failedTransaction() async throws {
        let installation = try await Installation()
        let sealed = try installation.sealer.seal(SecretBytes("kept"), row: Self.row)
        let root = try await Self.open(installation)
        let code = await keyError {
            try await root.rotate(installation.sealer) { _, _ in throw KeyError(.keyInvalid, "for the test") }
        }
        #expect(code == .keyInvalid)
        #expect(try installation.folder.names().contains("root.key.new") == false)
        #expect(try await Self.open(installation).key.id == installation.rootKey.id)
        #expect(try installation.sealer.open(sealed, row: Self.row).text == "kept")
        _ = try await root.rotate(installation.sealer) { _, _ in }
    }

    @Test(
        "is read from 32 octets in hexadecimal or base64url only",
        arguments: [
            "", "00", String(repeating: "0", count: 63), String(repeating: "+1", count: 32),
            String(repeating: "g0", count: 32), String(repeating: "A", count: 42), String(repeating: "A", count: 44),
            String(repeating: "/", count: 43), String(repeating: "０", count: 64),
        ])
    func givenText(text: String) {
        #expect(RootKey(text: text) == nil)
    }

    // MARK: What works

    @Test("is the same in hexadecimal and base64url")
    func givenTextRead() throws {
        let key = try RootKey.random()
        let octets = key.secret.withUnsafeBytes { [UInt8]($0) }
        let hexadecimal = octets.map { String(format: "%02x", $0) }.joined()
        #expect(RootKey(text: hexadecimal)?.id == key.id)
        #expect(RootKey(text: hexadecimal.uppercased())?.id == key.id)
        #expect(RootKey(text: Base64URL.encode(octets))?.id == key.id)
    }

    @Test("gives way to another one, which opens what was sealed before and after")
    func rotated() async throws {
        let installation = try await Installation()
        let sealed = try installation.sealer.seal(SecretBytes("before"), row: Self.row)
        let upkeep = try await Self.upkeep(installation)
        for _ in 0..<3 {
            let before = try await Self.open(installation).key.id
            let (id, previous) = try await upkeep.rotateRootKey(actor: "test")
            #expect(previous == before)
            #expect(id != before)
        }
        let root = try await Self.open(installation)
        let sealer = try await Sealer(rootKey: root.key, database: installation.database)
        #expect(try sealer.open(sealed, row: Self.row).text == "before")
        #expect(try sealer.open(installation.sealer.seal(SecretBytes("A"), row: Self.row), row: Self.row).text == "A")
        #expect(
            await keyError {
                try await Sealer(rootKey: installation.rootKey, database: installation.database)
            } == .rootKeyForeign)
        #expect(try await installation.audit().filter { $0.action == "root-key.rotate" }.count == 3)
    }

    @Test("gives way while seals are reserved, and every data key is wrapped by the last one")
    func rotatedAndReserved() async throws {
        let installation = try await Installation()
        let sealer = try await Sealer(
            rootKey: installation.rootKey, database: installation.database, clock: installation.time.clock,
            limits: SealLimits(perDataKey: 8, block: 4))
        let upkeep = try await SealingUpkeep(
            database: installation.database, sealer: sealer, rootKey: try await Self.open(installation),
            keys: installation.keys, columns: KeyStore.sealedColumns, clock: installation.time.clock)
        let sealed = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var values: [[UInt8]] = []
                    while values.count < 40 {
                        try await sealer.replenish()
                        guard let value = try? sealer.seal(SecretBytes("x"), row: Self.row) else {
                            // Another task reserves, and needs a thread to do it.
                            try await Task.sleep(for: .milliseconds(1))
                            continue
                        }
                        values.append(value)
                    }
                    return values
                }
            }
            group.addTask {
                for _ in 0..<20 { _ = try await upkeep.rotateRootKey(actor: "test") }
                return []
            }
            return try await group.reduce(into: [[UInt8]]()) { $0 += $1 }
        }
        let root = try await Self.open(installation)
        let rows = try await installation.database.read { try DataKeyRows.all(on: $0) }
        #expect(rows.count > 10)
        #expect(Set(rows.map(\.rootKeyID)) == [root.key.id])
        let again = try await Sealer(rootKey: root.key, database: installation.database)
        #expect(sealed.count == 160)
        for value in sealed { #expect(try again.open(value, row: Self.row).text == "x") }
    }

    @Test("is that of root.key.new when the store is sealed by it")
    func unfinished() async throws {
        let installation = try await Installation()
        let old = try installation.folder.content("root.key")
        _ = try await Self.upkeep(installation).rotateRootKey(actor: "test")
        let new = try installation.folder.content("root.key")
        try installation.folder.write(old, to: "root.key")
        try installation.folder.write(new, to: "root.key.new")
        let id = try await installation.sealer.rootKeyInForce().id
        #expect(try await Self.open(installation).key.id == id)
        #expect(try installation.folder.content("root.key") == new)
        #expect(try installation.folder.names().contains("root.key.new") == false)
    }

    @Test("is that of root.key when the store is sealed by it, and root.key.new goes", arguments: [true, false])
    func undone(isWhole: Bool) async throws {
        let (installation, other) = (try await Installation(), try await Installation())
        try installation.folder.write(isWhole ? try other.folder.content("root.key") : [1], to: "root.key.new")
        try installation.folder.write([1], to: "root.key.new.new-draft")
        #expect(try await Self.open(installation).key.id == installation.rootKey.id)
        #expect(try installation.folder.names().filter { $0.hasPrefix("root.key") } == ["root.key"])
    }

    @Test("is opened by what was handed over, after it was rotated under a passphrase that is forgotten")
    func handedOverAndRotated() async throws {
        let folder = try TemporaryFolder()
        let database = try SQLiteDatabase(path: folder.file("signet.db"))
        try await Migrator.migrate(database, KeyStore.migrations)
        try folder.write([UInt8](repeating: 0, count: RootKeyHandover.byteCount), to: "place")
        let descriptor = Foundation.open(folder.file("place"), O_RDWR)
        defer { close(descriptor) }
        let handover = RootKeyHandover(descriptor: descriptor)
        let first = try await InstalledRootKey.open(
            dataDirectory: folder.path, protection: .passphrase(SecretBytes("word")), database: database,
            handover: handover)
        let sealer = try await Sealer(rootKey: first.key, database: database)
        _ = try await first.rotate(sealer) { _, _ in }
        let second = try await InstalledRootKey.open(
            dataDirectory: folder.path, protection: .none, database: database, handover: handover)
        #expect(second.key.id != first.key.id)
        // Also what it opened by that, it can rotate.
        let next = try await second.rotate(sealer) { _, _ in }
        let last = try await InstalledRootKey.open(
            dataDirectory: folder.path, protection: .passphrase(SecretBytes("word")), database: database)
        #expect(last.key.id == next.id)
    }

    @Test("that was given takes the place of the previous one at the start")
    func givenSuccessor() async throws {
        let installation = try await Installation()
        try FileManager.default.removeItem(atPath: installation.folder.file("root.key"))
        let next = try RootKey.random()
        let given = try await Self.open(installation, .given(next, previous: installation.rootKey))
        #expect(given.key.id == installation.rootKey.id)
        _ = try await SealingUpkeep(
            database: installation.database, sealer: installation.sealer, rootKey: given,
            keys: installation.keys, columns: KeyStore.sealedColumns, clock: installation.time.clock)
        #expect(try await installation.sealer.rootKeyInForce().id == next.id)
        #expect(try await Self.open(installation, .given(next, previous: nil)).key.id == next.id)
    }
}
