internal import Crypto
internal import FoundationEssentials
package import JOSE
package import Store

/// Seals the secrets of rows (AES-256-GCM) with data keys that the root key wraps.
///
/// A sealed value is: version (1 octet), id of the data key (16), nonce (12), ciphertext, tag (16). The row's identity is
/// authenticated with it.
package final class Sealer: Sendable {
    static let version: UInt8 = 1
    private static let headerBytes = 1 + DataKey.idBytes
    private static let overhead = headerBytes + 12 + 16

    /// Seals new values.
    private let current: DataKey
    private let keys: [[UInt8]: SymmetricKey]

    /// Loads the data keys; makes the first one in a new store. The store's migrations must have run.
    ///
    /// Throws `root-key-foreign` when another root key wrapped them, `seal-broken` when one was changed.
    package init(rootKey: RootKey, database: any Database, clock: WallClock = .system) async throws {
        let fresh = DataKey.random()
        let row = DataKeyRow(id: fresh.name, rootKeyID: rootKey.id, wrapped: try fresh.wrapped(by: rootKey))
        let stored = try await database.read { try DataKeyRows.all(on: $0) }
        let rows =
            if stored.isEmpty {
                try await database.write { connection in
                    if try DataKeyRows.isEmpty(on: connection) {
                        try DataKeyRows.insert(row, at: clock.now(), on: connection)
                    }
                    return try DataKeyRows.all(on: connection)
                }
            } else {
                stored
            }
        let opened = try rows.map { try DataKey.unwrap($0, by: rootKey) }
        guard let newest = opened.last else { throw KeyError(.dataKeyUnknown, "the store has no data key") }
        current = newest
        keys = Dictionary(opened.map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    /// Seals a secret for its place.
    package func seal(_ secret: SecretBytes, row: RowIdentity) throws(KeyError) -> [UInt8] {
        do {
            let box = unsafe try secret.withUnsafeBytes {
                unsafe try AES.GCM.seal($0, using: current.key, authenticating: Self.associatedData(current.id, row))
            }
            return [Self.version] + current.id + [UInt8](box.combined ?? Data())
        } catch {
            throw KeyError(.sealBroken, "a secret of \(row.table) can't be sealed")
        }
    }

    /// Seals a secret for its place. Whoever holds the array wipes it.
    package func seal(_ secret: [UInt8], row: RowIdentity) throws(KeyError) -> [UInt8] {
        try seal(SecretBytes(secret), row: row)
    }

    /// Opens what was sealed for this place; throws `sealed-malformed`, `data-key-unknown` or `seal-broken`.
    package func open(_ sealed: [UInt8], row: RowIdentity) throws(KeyError) -> SecretBytes {
        guard sealed.count >= Self.overhead, sealed.first == Self.version else {
            throw KeyError(.sealedMalformed, "\(Self.place(row)) is truncated or of an unknown version")
        }
        let id = [UInt8](sealed[1..<Self.headerBytes])
        guard let key = keys[id] else {
            throw KeyError(.dataKeyUnknown, "\(Self.place(row)) was sealed by a data key that the store does not have")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[Self.headerBytes...])
            var plain = try AES.GCM.open(box, using: key, authenticating: Self.associatedData(id, row))
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return SecretBytes(wiping: [UInt8](plain))
        } catch {
            throw KeyError(.sealBroken, "\(Self.place(row)) was changed, or belongs to another row")
        }
    }

    private static func place(_ row: RowIdentity) -> String {
        "the sealed \(row.column) of \(row.table) \(row.id)"
    }

    private static func associatedData(_ dataKey: [UInt8], _ row: RowIdentity) -> [UInt8] {
        AssociatedData.encode(
            "signet sealed row v\(version)", [Base64URL.encode(dataKey), row.table, row.id, row.column])
    }
}
