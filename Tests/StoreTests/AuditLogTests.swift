import Store
import Testing

@Suite("The audit log")
struct AuditLogTests {
    static func entry(_ target: String) -> AuditEntry {
        AuditEntry(at: Timestamp(seconds: 7), actor: "cli", action: "item.add", target: target, detail: #"{"n":1}"#)
    }

    static func filled() async throws -> Sandbox {
        let sandbox = try await Sandbox()
        for target in ["a", "b", "c"] {
            try await sandbox.database.write { try AuditLog.append(entry(target), to: $0) }
        }
        return sandbox
    }

    static func targets(_ sandbox: Sandbox, before: Int64? = nil, limit: Int = 100) async throws -> [String] {
        try await sandbox.database.read {
            try AuditLog.page(before: before, limit: limit, on: $0).map(\.entry.target)
        }
    }

    @Test(arguments: [
        "UPDATE audit_log SET actor = 'nobody' WHERE seq = 1",
        "UPDATE audit_log SET seq = 9 WHERE seq = 3",
        "DELETE FROM audit_log WHERE seq = 2",
        "DELETE FROM audit_log",
        "INSERT OR REPLACE INTO audit_log (seq, at, actor, action, target, detail) VALUES (1, 0, '', '', '', '')",
        """
        INSERT INTO audit_log (seq, at, actor, action, target, detail) VALUES (1, 0, '', '', '', '')
        ON CONFLICT (seq) DO UPDATE SET actor = 'nobody'
        """,
    ])
    func whatIsWrittenStays(statement: String) async throws {
        let sandbox = try await Self.filled()
        let error = await storeError { try await sandbox.database.write { try $0.execute(statement) } }
        #expect(error?.code == .constraint)
        #expect(error?.reason.contains("append-only") == true)
        #expect(try await Self.targets(sandbox) == ["c", "b", "a"])
    }

    @Test func anEntryLivesAndDiesWithItsTransaction() async throws {
        let sandbox = try await Self.filled()
        struct Refused: Error {}
        await #expect(throws: Refused.self) {
            try await sandbox.database.write { connection in
                try AuditLog.append(Self.entry("never"), to: connection)
                throw Refused()
            }
        }
        try await sandbox.database.write { try AuditLog.append(Self.entry("d"), to: $0) }
        let records = try await sandbox.database.read { try AuditLog.page(limit: 10, on: $0) }
        #expect(records.map(\.sequence) == [4, 3, 2, 1], "numbers leave no gap after a rollback")
        #expect(records.first?.entry == Self.entry("d"))
    }

    @Test func pagesGoBackwardsFromTheNewest() async throws {
        let sandbox = try await Self.filled()
        #expect(try await Self.targets(sandbox, limit: 2) == ["c", "b"])
        #expect(try await Self.targets(sandbox, before: 2, limit: 2) == ["a"])
        #expect(try await Self.targets(sandbox, before: 1).isEmpty)
        #expect(try await Self.targets(sandbox, limit: 0).isEmpty)
        #expect(try await Self.targets(sandbox, limit: -5).isEmpty)
    }
}
