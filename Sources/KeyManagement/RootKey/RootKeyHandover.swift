import JOSE

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A place in memory, shared by descriptor, where one process leaves the opened root key for the process after it.
///
/// Opening a root key costs half a second under a passphrase, and a device must perhaps be asked: a worker that takes the
/// place of a crashed one can't afford that. Whoever makes the place answers for it: it must be memory that is never
/// written to a disk, and read-only once a key is in it.
package struct RootKeyHandover: Sendable {
    /// The octets of the place that are used: a mark, then the key.
    package static let byteCount = 1 + RootKey.byteCount
    /// The first octet of a place that holds a key; 0 where there is none yet.
    package static let mark: UInt8 = 1

    private let descriptor: Int32

    /// - Parameter descriptor: a file of at least ``byteCount`` octets, zero at first. It stays the caller's to close.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The key that was left here; nil when there is none yet.
    package func take() throws(KeyError) -> RootKey? {
        var content = [UInt8](repeating: 0, count: Self.byteCount)
        defer { wipe(&content) }
        // The array lives for the length of the call and its count is given.
        let count = unsafe content.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == Self.byteCount else {
            throw KeyError(.rootKeyUnavailable, "the root key that was handed over can't be read")
        }
        switch content[0] {
        case 0: return nil
        case Self.mark: return try RootKey(SecretBytes(wiping: Array(content.dropFirst())))
        default: throw KeyError(.rootKeyMalformed, "what was handed over is not a root key")
        }
    }

    /// Leaves a key, whole or not at all.
    package func leave(_ key: RootKey) throws(KeyError) {
        var content = [Self.mark]
        content.reserveCapacity(Self.byteCount)
        unsafe key.secret.withUnsafeBytes { unsafe content.append(contentsOf: $0) }
        defer { wipe(&content) }
        // The array lives for the length of the call and its count is given.
        let count = unsafe content.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == content.count else {
            throw KeyError(.rootKeyUnavailable, "the root key can't be handed over")
        }
    }
}
