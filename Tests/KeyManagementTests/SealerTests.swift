import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("Sealed rows")
struct SealerTests {
    static let row = RowIdentity(table: "client", id: "reporter", column: "secret")

    // MARK: What is refused

    @Test func aChangeToAnyByteIsRefused() async throws {
        let sealer = try await Installation().sealer
        let sealed = try sealer.seal(SecretBytes("a secret"), row: Self.row)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x01
            #expect(throws: KeyError.self, "byte \(index)") { try sealer.open(changed, row: Self.row) }
        }
    }

    @Test func aTruncatedOrLengthenedValueIsRefused() async throws {
        let sealer = try await Installation().sealer
        let sealed = try sealer.seal(SecretBytes("a secret"), row: Self.row)
        for length in 0..<sealed.count {
            #expect(throws: KeyError.self, "\(length) bytes") {
                try sealer.open(Array(sealed.prefix(length)), row: Self.row)
            }
        }
        #expect(throws: KeyError.self) { try sealer.open(sealed + [0], row: Self.row) }
    }

    @Test(arguments: [
        RowIdentity(table: "client", id: "reporter2", column: "secret"),
        RowIdentity(table: "client", id: "reporte", column: "rsecret"),
        RowIdentity(table: "clientr", id: "eporter", column: "secret"),
        RowIdentity(table: "client", id: "reporter", column: "secret2"),
        RowIdentity(table: "clients", id: "reporter", column: "secret"),
        RowIdentity(table: "", id: "clientreporter", column: "secret"),
        RowIdentity(table: "client", id: "", column: "reportersecret"),
        RowIdentity(table: "client", id: "reporter\u{0}", column: "secret"),
    ])
    func aValueMovedToAnotherPlaceIsRefused(place: RowIdentity) async throws {
        let sealer = try await Installation().sealer
        let sealed = try sealer.seal(SecretBytes("a secret"), row: Self.row)
        let code = await keyError { try sealer.open(sealed, row: place) }
        #expect(code == .sealBroken)
    }

    @Test func aValueOfAnotherInstallationIsRefused() async throws {
        let (here, there) = (try await Installation(), try await Installation())
        let sealed = try there.sealer.seal(SecretBytes("a secret"), row: Self.row)
        #expect(await keyError { try here.sealer.open(sealed, row: Self.row) } == .dataKeyUnknown)
    }

    @Test func theRootKeyOfAnotherInstallationIsRecognised() async throws {
        let (here, there) = (try await Installation(), try await Installation())
        let code = await keyError { try await Sealer(rootKey: there.rootKey, database: here.database) }
        #expect(code == .rootKeyForeign)
        #expect(await keyError { try await Sealer(rootKey: here.rootKey, database: here.database) } == nil)
    }

    @Test func aDataKeyFromAnotherInstallationDoesNotUnwrap() async throws {
        let (here, there) = (try await Installation(), try await Installation())
        let wrapped = try await there.database.read { try DataKeyRows.all(on: $0)[0].wrapped }
        try await here.execute("UPDATE data_key SET wrapped = ?", [.blob(wrapped)])
        #expect(await keyError { try await Sealer(rootKey: here.rootKey, database: here.database) } == .sealBroken)
    }

    @Test func aDataKeyUnderAnotherIdDoesNotUnwrap() async throws {
        let here = try await Installation()
        try await here.execute("UPDATE data_key SET id = ?", [.text(DataKey.random().name)])
        #expect(await keyError { try await Sealer(rootKey: here.rootKey, database: here.database) } == .sealBroken)
    }

    @Test func aTruncatedDataKeyDoesNotUnwrap() async throws {
        let here = try await Installation()
        let wrapped = try await here.database.read { try DataKeyRows.all(on: $0)[0].wrapped }
        for length in [0, 1, 12, 28, wrapped.count - 1] {
            try await here.execute("UPDATE data_key SET wrapped = ?", [.blob(Array(wrapped.prefix(length)))])
            let code = await keyError { try await Sealer(rootKey: here.rootKey, database: here.database) }
            #expect(code == .sealBroken)
        }
    }

    // MARK: What works

    @Test(arguments: ["", "a", "a secret of some length, with ünïcode"])
    func aSecretComesBackInItsPlace(secret: String) async throws {
        let sealer = try await Installation().sealer
        let sealed = try sealer.seal(SecretBytes(secret), row: Self.row)
        #expect(try sealer.open(sealed, row: Self.row).text == secret)
    }

    @Test func theSameSecretIsSealedDifferentlyEachTime() async throws {
        let sealer = try await Installation().sealer
        let values = try (0..<20).map { _ in try sealer.seal(SecretBytes("same"), row: Self.row) }
        #expect(Set(values).count == 20)
    }

    @Test func secretsOpenAfterARestart() async throws {
        let folder = try TemporaryFolder()
        let first = try await Installation(in: folder)
        let sealed = try first.sealer.seal(SecretBytes("kept"), row: Self.row)
        try await first.database.close()
        let second = try await Installation(in: folder)
        #expect(try second.sealer.open(sealed, row: Self.row).text == "kept")
    }

    @Test func sealersStartedTogetherShareOneDataKey() async throws {
        let folder = try TemporaryFolder()
        let database = try SQLiteDatabase(path: folder.file("signet.db"))
        try await Migrator.migrate(database, KeyStore.migrations)
        let root = try RootKey.random()
        async let one = Sealer(rootKey: root, database: database)
        async let two = Sealer(rootKey: root, database: database)
        let (first, second) = try await (one, two)
        let sealed = try first.seal(SecretBytes("shared"), row: Self.row)
        #expect(try second.open(sealed, row: Self.row).text == "shared")
        #expect(try await database.read { try DataKeyRows.all(on: $0).count } == 1)
    }

    @Test func fieldsOfDifferentListsNeverEncodeAlike() {
        let lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], []]
        let encoded = Set(lists.map { AssociatedData.encode("label", $0) })
        #expect(encoded.count == lists.count)
        #expect(AssociatedData.encode("label", ["x"]) != AssociatedData.encode("labelx", []))
    }
}
