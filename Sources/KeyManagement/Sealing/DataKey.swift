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

    static func unwrap(_ row: DataKeyRow, by roots: RootKeys) throws(KeyError) -> DataKey {
        let root = try roots.needed(for: row)
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
