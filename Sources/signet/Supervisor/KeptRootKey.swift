import CSupervisor
import Glibc
import KeyManagement

/// The opened root key in the supervisor's keeping, so that a worker that is started anew need not open it again.
///
/// It is a file in memory without a name: locked, so that it never reaches a disk, left out of core dumps, and inherited
/// by workers alone. The first worker writes into it; from then on it is sealed against writing. It is wiped when the
/// supervisor ends.
///
/// `@safe`: the mapping is made in `init`, is `size` octets long, and is undone in `deinit` alone.
@safe final class KeptRootKey {
    /// What workers inherit.
    let descriptor: Int32
    private let memory: UnsafeMutableRawPointer
    private static let size = RootKeyHandover.byteCount

    /// - Throws: ``SystemFailure`` where memory can't be locked or sealed.
    init() throws(SystemFailure) {
        var mapped: UnsafeMutableRawPointer?
        // The shim writes the address during the call only.
        descriptor = try SystemFailure.check(
            "can't keep the root key in locked memory", unsafe signet_locked_file(Self.size, &mapped))
        guard let mapped = unsafe mapped else { throw SystemFailure(action: "mmap", code: ENOMEM) }
        unsafe memory = mapped
    }

    /// Whether a worker has left the key here.
    var isFilled: Bool {
        // The mapping is `size` octets long and lives as long as this object.
        unsafe memory.load(as: UInt8.self) == RootKeyHandover.mark
    }

    /// Ends all writing to it. Call it when the first worker serves.
    ///
    /// - Throws: ``SystemFailure`` where the kernel can't (before Linux 5.1).
    func seal() throws(SystemFailure) {
        try SystemFailure.check("can't seal the root key's memory", signet_seal_file(descriptor))
    }

    // The mapping and the descriptor were made in `init` and are used nowhere after this.
    deinit { unsafe signet_wipe_locked_file(descriptor, memory, Self.size) }
}
