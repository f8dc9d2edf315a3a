internal import Crypto
internal import FoundationEssentials
import JOSE
import Store

/// A key that seals rows, and how the root key wraps it.
struct DataKey: Sendable {
    static let idBytes = 16

    /// 128 random bits.
    let id: [UInt8]
    let key: SymmetricKey

    var name: String { Base64URL.encode(id) }

    static func random() -> DataKey {
        let id = randomBytes(idBytes)
        return DataKey(id: id, key: SymmetricKey(size: .bits256))
    }

    /// Nonce, ciphertext and tag of the key under the root key.
    func wrapped(by root: RootKey) throws(KeyError) -> [UInt8] {
        do {
            let box = unsafe try key.withUnsafeBytes {
                unsafe try AES.GCM.seal(
                    $0, using: root.wrappingKey, authenticating: Self.associatedData(name: name, root: root))
            }
            return [UInt8](box.combined ?? Data())
        } catch {
            throw KeyError(.sealBroken, "the data key can't be wrapped")
        }
    }

    static func unwrap(_ row: DataKeyRow, by root: RootKey) throws(KeyError) -> DataKey {
        guard row.rootKeyID == root.id else {
            throw KeyError(
                .rootKeyForeign,
                "the store was sealed by the root key \(row.rootKeyID), but root.key holds \(root.id): "
                    + "this file belongs to another installation")
        }
        do {
            let id = try Base64URL.decode(row.id)
            let box = try AES.GCM.SealedBox(combined: row.wrapped)
            var plain = try AES.GCM.open(
                box, using: root.wrappingKey, authenticating: associatedData(name: row.id, root: root))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return DataKey(id: id, key: SymmetricKey(data: plain))
        } catch {
            throw KeyError(.sealBroken, "the data key \(row.id) was changed or damaged in the store")
        }
    }

    private static func associatedData(name: String, root: RootKey) -> [UInt8] {
        AssociatedData.encode("signet data key v1", [name, root.id])
    }
}

/// A row of the table data_key.
struct DataKeyRow: Sendable {
    var id: String
    var rootKeyID: String
    var wrapped: [UInt8]
}

/// The table data_key.
enum DataKeyRows {
    static let migration = Migration(
        id: "keys-001",
        statements: [
            """
            CREATE TABLE data_key (
                id TEXT NOT NULL PRIMARY KEY,
                root_key_id TEXT NOT NULL,
                wrapped BYTEA NOT NULL,
                created_at BIGINT NOT NULL
            )
            """
        ])

    static func isEmpty(on connection: any SQLConnection) throws(StoreError) -> Bool {
        try connection.query("SELECT id FROM data_key LIMIT 1").isEmpty
    }

    /// All of them, the oldest first.
    static func all(on connection: any SQLConnection) throws(StoreError) -> [DataKeyRow] {
        var rows: [DataKeyRow] = []
        for row in try connection.query("SELECT id, root_key_id, wrapped FROM data_key ORDER BY created_at, id") {
            rows.append(
                DataKeyRow(
                    id: try row.text("id"), rootKeyID: try row.text("root_key_id"), wrapped: try row.blob("wrapped")))
        }
        return rows
    }

    static func insert(
        _ row: DataKeyRow, at now: Timestamp, on connection: any SQLConnection
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO data_key (id, root_key_id, wrapped, created_at) VALUES (?, ?, ?, ?)",
            [.text(row.id), .text(row.rootKeyID), .blob(row.wrapped), .timestamp(now)])
        try AuditLog.append(
            AuditEntry(at: now, actor: "system", action: "data-key.create", target: row.id), to: connection)
    }
}
