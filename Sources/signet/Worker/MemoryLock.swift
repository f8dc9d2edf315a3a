import CSupervisor
import Glibc
import Logging

/// Keeps the worker's memory, and with it every key, out of swap areas and hibernation images.
///
/// All of it and not the keys alone: while a key is used, parts of it stand in buffers of the cryptographic libraries, on
/// stacks, and in what a parser has read.
enum MemoryLock: String, Sendable, CaseIterable {
    /// Locks where that is allowed, and says so where it is not.
    case auto
    /// Does not start where it is not allowed.
    case required
    case off

    /// Locks what there is and what comes. Called before the first key is read.
    ///
    /// - Throws: ``CommandFailure`` 78 when it is required and not allowed.
    func apply(logger: Logger) throws {
        guard self != .off else { return }
        do {
            try SystemFailure.check("memory can't be locked", signet_lock_memory())
        } catch {
            let reason =
                error.code == EPERM
                ? "the limit on locked memory (RLIMIT_MEMLOCK) is too low" : SystemFailure.text(error.code)
            guard self == .auto else {
                throw CommandFailure.configuration("memory.lock: memory can't be locked: \(reason); \(Self.advice)")
            }
            logger.notice(
                "memory is not locked: keys may be written to a swap area",
                metadata: ["reason": .string(reason), "advice": .string(Self.advice)])
        }
    }

    private static let advice =
        "set LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 for a container, or grant CAP_IPC_LOCK"
}
