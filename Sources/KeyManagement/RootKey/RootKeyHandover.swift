import JOSE

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A place in memory, shared by descriptor, where one process leaves the opened root key for the process after it, and the
/// file key, which opens what takes the root key's place.
///
/// Opening a root key costs half a second under a passphrase, and a device must perhaps be asked: a worker that takes the
/// place of a crashed one can't afford that. Whoever makes the place answers for it: it must be memory that is never
/// written to a disk, and read-only once a key is in it.
package struct RootKeyHandover: Sendable {
    /// The octets of the place that are used: a mark, the root key, the file key.
    package static let byteCount = 1 + RootKey.byteCount + OpenedRootKey.fileKeyBytes
    /// The first octet of a place that holds a key; 0 where there is none yet.
    package static let mark: UInt8 = 1

    private let descriptor: Int32

    /// - Parameter descriptor: a file of at least ``byteCount`` octets, zero at first. It stays the caller's to close.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The keys that were left here; nil when there are none yet.
    func take() throws(KeyError) -> OpenedRootKey? {
        var content = [UInt8](repeating: 0, count: Self.byteCount)
        defer { wipe(&content) }
        // The array lives for the length of the call and its count is given.
        let count = unsafe content.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == Self.byteCount else {
            throw KeyError(.rootKeyUnavailable, "the root key that was handed over can't be read")
        }
        switch content[0] {
        case 0: return nil
        case Self.mark:
            let keys = content.dropFirst()
            return OpenedRootKey(
                key: try RootKey(SecretBytes(wiping: Array(keys.prefix(RootKey.byteCount)))),
                fileKey: SecretBytes(wiping: Array(keys.dropFirst(RootKey.byteCount))))
        default: throw KeyError(.rootKeyMalformed, "what was handed over is not a root key")
        }
    }

    /// Leaves the keys, whole or not at all.
    func leave(_ opened: OpenedRootKey) throws(KeyError) {
        var content = [Self.mark]
        content.reserveCapacity(Self.byteCount)
        unsafe opened.key.secret.withUnsafeBytes { unsafe content.append(contentsOf: $0) }
        unsafe opened.fileKey.withUnsafeBytes { unsafe content.append(contentsOf: $0) }
        defer { wipe(&content) }
        // The array lives for the length of the call and its count is given.
        let count = unsafe content.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == content.count else {
            throw KeyError(.rootKeyUnavailable, "the root key can't be handed over")
        }
    }
}
