import Store
import Testing

@Suite("News of changes")
struct ChangeTests {
    @Test func anObserverThatWritesIsRefused() async throws {
        let sandbox = try await Sandbox()
        let refusals = Journal<StoreError>()
        await sandbox.database.observeChanges { _ in
            if let error = await storeError({ try await sandbox.insert(9, "from an observer") }) {
                refusals.append(error)
            }
        }
        try await sandbox.insert(1, "a", note: .keys)
        #expect(refusals.all.map(\.code) == [.misuse])
        #expect(try await sandbox.count() == 1)
    }

    @Test func aWriteWithoutNotesWakesNobody() async throws {
        let sandbox = try await Sandbox()
        let seen = Journal<ChangeSet>()
        await sandbox.database.observeChanges { seen.append($0) }
        try await sandbox.insert(1, "a")
        #expect(seen.all.isEmpty)
        #expect(try await sandbox.epoch() == 0)
    }

    @Test func observersRunInOrderBeforeWriteReturnsAndSeeTheCommit() async throws {
        let sandbox = try await Sandbox()
        let journal = Journal<String>()
        await sandbox.database.observeChanges { _ in
            try? await Task.sleep(for: .milliseconds(20))
            let count = (try? await sandbox.count()) ?? -1
            journal.append("first sees \(count)")
        }
        await sandbox.database.observeChanges { change in journal.append("second at \(change.epoch)") }
        try await sandbox.insert(1, "a", note: .keys)
        journal.append("returned")
        #expect(journal.all == ["first sees 1", "second at 1", "returned"])
    }

    @Test func theTopicsOfOneTransactionComeTogether() async throws {
        let sandbox = try await Sandbox()
        let seen = Journal<ChangeSet>()
        await sandbox.database.observeChanges { seen.append($0) }
        try await sandbox.database.write { connection in
            try connection.noteChange(.keys)
            try connection.noteChange(.resources)
            try connection.noteChange(.keys)
        }
        #expect(seen.all == [ChangeSet(topics: [.keys, .resources], epoch: 1)])
    }

    @Test func commitsDuringARoundAreHandedOverTogetherAndInOrder() async throws {
        let sandbox = try await Sandbox()
        let gate = Gate()
        let seen = Journal<ChangeSet>()
        await sandbox.database.observeChanges { change in
            seen.append(change)
            await gate.pass()
        }
        let first = Task { try await sandbox.insert(1, "a", note: .keys) }
        while seen.all.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let later = (2...6).map { id in
            Task { try await sandbox.insert(Int64(id), "n\(id)", note: id % 2 == 0 ? .resources : .revocations) }
        }
        while try await sandbox.count() < 6 { try await Task.sleep(for: .milliseconds(2)) }
        await gate.open()
        try await first.value
        for task in later { try await task.value }
        #expect(seen.all.map(\.epoch) == seen.all.map(\.epoch).sorted())
        #expect(seen.all.last?.epoch == 6)
        #expect(seen.all.count <= 3)
        let topics = seen.all.dropFirst().reduce(into: Set<ChangeTopic>()) { $0.formUnion($1.topics) }
        #expect(topics == [.resources, .revocations])
    }

    @Test func aCallerCancelledAfterItsCommitStillBringsTheNews() async throws {
        let sandbox = try await Sandbox()
        let gate = Gate()
        let reads = Journal<Int64>()
        await sandbox.database.observeChanges { _ in
            await gate.pass()
            if let count = try? await sandbox.count() { reads.append(count) }
        }
        let writer = Task { try await sandbox.insert(1, "a", note: .keys) }
        while try await sandbox.count() == 0 { try await Task.sleep(for: .milliseconds(2)) }
        writer.cancel()
        await gate.open()
        try await writer.value
        #expect(reads.all == [1])
    }

    @Test func theEpochGrowsByOneAndSurvivesAReopening() async throws {
        let sandbox = try await Sandbox()
        let seen = Journal<ChangeSet>()
        await sandbox.database.observeChanges { seen.append($0) }
        for id in 1...3 { try await sandbox.insert(Int64(id), "n\(id)", note: .keys) }
        try await sandbox.database.close()
        let again = try SQLiteDatabase(path: sandbox.folder.file("signet.db"))
        await again.observeChanges { seen.append($0) }
        try await again.write { try $0.noteChange(.revocations) }
        #expect(seen.all.map(\.epoch) == [1, 2, 3, 4])
    }
}
