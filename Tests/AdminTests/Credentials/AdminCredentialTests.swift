import Foundation
import Store
import Testing

@testable import Admin

@Suite("The admin credential")
struct AdminCredentialTests {
    @Test("is made at the first start, for its owner alone, and kept as a digest")
    func firstStart() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        let credentials = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        let token = try folder.text("admin.token")
        let code = try folder.text("setup.code")
        #expect(token.utf8.count == 43)
        #expect(code.wholeMatch(of: /([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}/) != nil)
        #expect(try folder.mode("admin.token") == 0o600)
        #expect(try folder.mode("setup.code") == 0o600)
        #expect(credentials.accepts(token))
        #expect(!credentials.accepts(code))
        #expect(!credentials.accepts(""))
        #expect(!credentials.accepts(token + "\n"))
        let file = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/signet.db"))
        try await database.close()
        #expect(file.range(of: Data(token.utf8)) == nil)
        #expect(!"\(credentials)".contains(token))
    }

    @Test("stays the same over later starts, with or without its file")
    func laterStarts() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        _ = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        let token = try folder.text("admin.token")
        let second = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        #expect(second.accepts(token))
        try FileManager.default.removeItem(atPath: folder.path + "/admin.token")
        let third = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        #expect(third.accepts(token))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/admin.token"))
    }

    @Test("is not changed by somebody who edits the file")
    func edited() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        _ = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        let planted = String(repeating: "x", count: 43)
        try Data(planted.utf8).write(to: URL(fileURLWithPath: folder.path + "/admin.token"))
        #expect(try await !AdminCredentials.open(dataDirectory: folder.path, database: database).accepts(planted))
    }

    @Test("of an interrupted first start is taken over")
    func takenOver() async throws {
        let folder = try Folder()
        let token = String(repeating: "t", count: 43)
        try folder.write("admin.token", token + "\n", mode: 0o600)
        let credentials = try await AdminCredentials.open(
            dataDirectory: folder.path, database: try await folder.database())
        #expect(credentials.accepts(token))
    }

    @Test("whose writing was interrupted is made anew", arguments: ["", "t", "tttttttttttttt"])
    func unfinished(text: String) async throws {
        let folder = try Folder()
        try folder.write("admin.token", text, mode: 0o600)
        try folder.write("setup.code", text, mode: 0o600)
        let credentials = try await AdminCredentials.open(
            dataDirectory: folder.path, database: try await folder.database())
        #expect(try folder.text("admin.token").utf8.count == 43)
        #expect(credentials.accepts(try folder.text("admin.token")))
        #expect(try folder.text("setup.code").utf8.count == 23)
    }

    @Test("leaves no other file")
    func noDraft() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        _ = try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        try await database.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.filter { !$0.hasPrefix("signet.db") } == ["admin.token", "setup.code"])
    }

    @Test(
        "in a file that must not be trusted is refused",
        arguments: [
            ("t\n", 0o600), ("\n", 0o600), ("t", 0o644), (String(repeating: "t", count: 43), 0o644),
            (String(repeating: "t", count: 43), 0o660),
        ])
    func untrusted(text: String, mode: Int) async throws {
        let folder = try Folder()
        let database = try await folder.database()
        try folder.write("admin.token", text, mode: mode)
        await #expect(throws: AdminError.self) {
            try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        }
    }

    @Test("behind a symbolic link is refused")
    func link() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        try folder.write("elsewhere", String(repeating: "t", count: 43), mode: 0o600)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/admin.token", withDestinationPath: folder.path + "/elsewhere")
        await #expect(throws: AdminError.self) {
            try await AdminCredentials.open(dataDirectory: folder.path, database: database)
        }
    }

    @Test("that can't be written tells the file and why")
    func unwritable() async throws {
        let folder = try Folder()
        let database = try await folder.database()
        do {
            _ = try await AdminCredentials.open(dataDirectory: folder.path + "/missing", database: database)
            Issue.record("expected a refusal")
        } catch let error as AdminError {
            #expect(error.reason.contains("missing/admin.token"), "\(error.reason)")
            #expect(error.reason.contains("No such file or directory"), "\(error.reason)")
        }
    }
}

/// A folder that is removed when the test ends.
private final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "signet-credential-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func database() async throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(path: path + "/signet.db")
        try await Migrator.migrate(database, AdminCredentials.migrations)
        return database
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int
    }

    func write(_ name: String, _ text: String, mode: Int) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
    }
}
