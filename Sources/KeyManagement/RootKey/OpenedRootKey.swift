internal import Crypto
internal import FoundationEssentials
import JOSE

/// A root key, and with it what seals the next one into the same file without passphrase or device.
struct OpenedRootKey: Sendable {
    static let fileKeyBytes = 32

    let key: RootKey
    /// What the passphrase's scrypt made of the file's salt; a random key where there is no passphrase. Workers of one
    /// service share it, in memory only: after a rotation they open the new file by it.
    let fileKey: SecretBytes

    init(key: RootKey, fileKey: SecretBytes = .random(count: fileKeyBytes)) {
        self.key = key
        self.fileKey = fileKey
    }

    /// A root key for later workers of this service, as the file of a wrapped one holds it.
    func sealForService(_ key: RootKey) throws(KeyError) -> [UInt8] {
        do {
            let box = unsafe try key.secret.withUnsafeBytes {
                unsafe try AES.GCM.seal(
                    $0, using: fileKey.symmetricKey, authenticating: Self.associatedData(id: key.id))
            }
            return [UInt8](box.combined ?? Data())
        } catch {
            throw KeyError(.rootKeyUnavailable, "the root key can't be sealed for other workers")
        }
    }

    /// Opens what ``sealForService(_:)`` made in this service; nil for what another one left.
    func openForService(_ sealed: [UInt8], id: String) -> SecretBytes? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            var plain = try? AES.GCM.open(
                box, using: fileKey.symmetricKey, authenticating: Self.associatedData(id: id))
        else { return nil }
        defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
        return SecretBytes(wiping: [UInt8](plain))
    }

    private static func associatedData(id: String) -> [UInt8] {
        AssociatedData.encode("signet root key handover v1", [id])
    }
}
