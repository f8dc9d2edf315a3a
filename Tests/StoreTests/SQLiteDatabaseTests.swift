import Foundation
import Store
import Testing

@Suite("A store in SQLite")
struct SQLiteDatabaseTests {
    struct Refused: Error {}

    // MARK: What is refused

    @Test func aFileThatIsNoDatabaseIsCorrupt() async throws {
        let folder = try TemporaryFolder()
        let garbage = Data(repeating: 0x5A, count: 8192)
        #expect(FileManager.default.createFile(atPath: folder.file("signet.db"), contents: garbage))
        let error = await storeError { _ = try SQLiteDatabase(path: folder.file("signet.db")) }
        #expect(error?.code == .corrupt)
    }

    @Test func aMissingFolderIsUnavailable() async throws {
        let folder = try TemporaryFolder()
        let error = await storeError { _ = try SQLiteDatabase(path: folder.file("nowhere/signet.db")) }
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("No such file") == true)
    }

    @Test func aReaderCannotWrite() async throws {
        let sandbox = try await Sandbox()
        let executed = await storeError {
            try await sandbox.database.read { try $0.execute("DELETE FROM item") }
        }
        #expect(executed?.code == .readOnly)
        let queried = await storeError {
            _ = try await sandbox.database.read {
                try $0.query("INSERT INTO item (id, name) VALUES (1, 'a') RETURNING id")
            }
        }
        #expect(queried?.code == .readOnly)
        let noted = await storeError { try await sandbox.database.read { try $0.noteChange(.keys) } }
        #expect(noted?.code == .misuse)
    }

    @Test func aUniqueRuleRefusesTheSecondRow() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.insert(1, "secret-value")
        let error = await storeError { try await sandbox.insert(2, "secret-value") }
        #expect(error?.code == .constraint)
        #expect(error?.description.contains("secret-value") == false, "a reason must not carry values")
    }

    @Test func aStatementThatDoesNotParseIsADefect() async throws {
        let sandbox = try await Sandbox()
        let error = await storeError { try await sandbox.database.write { try $0.execute("SELEKT 1") } }
        #expect(error?.code == .statementInvalid)
    }

    @Test func tooFewArgumentsAreADefect() async throws {
        let sandbox = try await Sandbox()
        let error = await storeError {
            try await sandbox.database.write { try $0.execute("INSERT INTO item (id, name) VALUES (?, ?)", [1]) }
        }
        #expect(error != nil)
        #expect(try await sandbox.count() == 0)
    }

    @Test func moreWritersThanAllowedAreRefusedAsBusy() async throws {
        let sandbox = try await Sandbox(.init(maximumWriters: 1))
        let gate = Gate()
        await sandbox.database.observeChanges { _ in await gate.pass() }
        let first = Task { try await sandbox.insert(1, "a", note: .keys) }
        while try await sandbox.count() == 0 { try await Task.sleep(for: .milliseconds(2)) }
        let error = await storeError { try await sandbox.insert(2, "b") }
        #expect(error?.code == .busy)
        await gate.open()
        try await first.value
        try await sandbox.insert(2, "b")
    }

    @Test func aLockHeldByAnotherProgramIsBusy() async throws {
        let sandbox = try await Sandbox()
        let path = sandbox.folder.file("signet.db")
        let other = try SQLiteDatabase(path: path, configuration: .init(busyTimeout: 0.05))
        let error = await storeError {
            try await sandbox.database.write { connection in
                try connection.execute("INSERT INTO item (id, name) VALUES (1, 'a')")
                let held = DispatchSemaphore(value: 0)
                let caught = Journal<StoreError>()
                Task { () async -> Void in
                    if let busy = await storeError({ try await other.write { try $0.execute("DELETE FROM item") } }) {
                        caught.append(busy)
                    }
                    held.signal()
                }
                held.wait()
                if let busy = caught.all.first { throw busy }
            }
        }
        #expect(error?.code == .busy)
    }

    @Test func aClosedStoreRefusesEverything() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.database.close()
        try await sandbox.database.close()
        #expect(await storeError { _ = try await sandbox.count() }?.code == .unavailable)
        #expect(await storeError { try await sandbox.insert(1, "a") }?.code == .unavailable)
    }

    // MARK: Transactions

    @Test func aThrowingBodyLeavesNothingBehind() async throws {
        let sandbox = try await Sandbox()
        await #expect(throws: Refused.self) {
            try await sandbox.database.write { connection in
                try connection.execute("INSERT INTO item (id, name) VALUES (1, 'a')")
                try connection.noteChange(.keys)
                throw Refused()
            }
        }
        #expect(try await sandbox.count() == 0)
        #expect(try await sandbox.epoch() == 0)
    }

    @Test func aStatementThatFailedEndsItsTransactionEvenIfSwallowed() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.insert(1, "a")
        let error = await storeError {
            try await sandbox.database.write { connection in
                try connection.execute("INSERT INTO item (id, name) VALUES (2, 'b')")
                _ = try? connection.execute("INSERT INTO item (id, name) VALUES (3, 'a')")
            }
        }
        #expect(error?.code == .constraint)
        #expect(try await sandbox.count() == 1)
    }

    @Test func aReaderSeesTheLastCommitWhileAWriteIsOpen() async throws {
        let sandbox = try await Sandbox()
        let counts = Journal<Int64>()
        try await sandbox.database.write { connection in
            try connection.execute("INSERT INTO item (id, name) VALUES (1, 'a')")
            let done = DispatchSemaphore(value: 0)
            Task { () async -> Void in
                if let count = try? await sandbox.count() { counts.append(count) }
                done.signal()
            }
            done.wait()
        }
        #expect(counts.all == [0])
        #expect(try await sandbox.count() == 1)
    }

    @Test func concurrentWritersAreSerialised() async throws {
        let sandbox = try await Sandbox()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...40 {
                group.addTask { try await sandbox.insert(Int64(id), "n\(id)", note: .resources) }
            }
            try await group.waitForAll()
        }
        #expect(try await sandbox.count() == 40)
        #expect(try await sandbox.epoch() == 40)
    }

    @Test func whatWasCommittedIsThereAfterReopening() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.insert(1, "a", note: .keys)
        try await sandbox.database.close()
        let again = try SQLiteDatabase(path: sandbox.folder.file("signet.db"))
        try await Migrator.migrate(again, [Sandbox.items])
        let names = try await again.read { try $0.query("SELECT name FROM item").map { try $0.text("name") } }
        #expect(names == ["a"])
        #expect(try await again.read { try ChangeEpoch.current(on: $0) } == 1)
    }

    @Test func executeCountsTheRowsItChanged() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.insert(1, "a")
        try await sandbox.insert(2, "b")
        let counts = try await sandbox.database.write { connection in
            [
                try connection.execute("UPDATE item SET name = name || '!' WHERE id > ?", [0]),
                try connection.execute("UPDATE item SET name = 'x' WHERE id > ?", [9]),
                try connection.execute("DELETE FROM item WHERE id = ?", [1]),
            ]
        }
        #expect(counts == [2, 0, 1])
    }

    // MARK: The file

    @Test func theFilesAreReadableByTheirOwnerAlone() async throws {
        let sandbox = try await Sandbox()
        try await sandbox.insert(1, "a")
        for name in ["signet.db", "signet.db-wal", "signet.db-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: sandbox.folder.file(name))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    @Test func aFileWithAWiderModeIsNarrowed() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("signet.db")
        #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
        _ = try SQLiteDatabase(path: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func commitsAreSyncedAndForeignKeysEnforced() async throws {
        let sandbox = try await Sandbox()
        let pragmas = try await sandbox.database.write { connection in
            [
                try connection.query("PRAGMA journal_mode")[0].value("journal_mode"),
                try connection.query("PRAGMA synchronous")[0].value("synchronous"),
                try connection.query("PRAGMA foreign_keys")[0].value("foreign_keys"),
            ]
        }
        #expect(pragmas == ["wal", 2, 1])
    }
}
