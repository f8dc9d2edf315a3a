#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Secret octets: wiped when the last copy goes, compared in constant time, printed as their length only.
///
/// Copies share one buffer, so that a secret exists once however often it is passed on.
public struct SecretBytes: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let storage: SecretStorage

    /// Copies the octets. The caller's array is the caller's to forget.
    public init(_ bytes: [UInt8]) {
        storage = unsafe SecretStorage(count: bytes.count) { target in
            for index in bytes.indices { unsafe target[index] = bytes[index] }
        }
    }

    /// Draws octets from the system's generator. A negative count gives none.
    public static func random(count: Int) -> SecretBytes {
        SecretBytes(
            storage: unsafe SecretStorage(count: Swift.max(0, count)) { target in unsafe fillRandom(target) }
        )
    }

    init(storage: SecretStorage) {
        self.storage = storage
    }

    /// The number of octets.
    public var count: Int { storage.count }

    /// Lends the octets for the length of a call. Whoever copies them takes over wiping the copy.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe storage.withUnsafeBytes(body)
    }

    /// A plain copy, which nothing wipes.
    func copied() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// `SecretBytes(32)`: the length and nothing else.
    public var description: String { "SecretBytes(\(count))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Hides the storage from `dump` and from interpolation by reflection.
    public var customMirror: Mirror { Mirror(self, children: []) }

    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        unsafe left.withUnsafeBytes { a in
            unsafe right.withUnsafeBytes { b in unsafe constantTimeEquals(a, b) }
        }
    }
}

/// The buffer behind `SecretBytes`.
///
/// `@unchecked Sendable`: the memory is written in `init` only, before the object is shared, and in `deinit`, after.
@safe final class SecretStorage: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer

    init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        unsafe memory = .allocate(byteCount: count, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe fill(memory)
    }

    var count: Int { unsafe memory.count }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(memory))
    }

    deinit {
        unsafe wipe(memory)
        unsafe memory.deallocate()
    }
}

/// Zeroes memory by the C library's call that the optimiser must not remove.
func wipe(_ memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return }
    unsafe explicit_bzero(base, memory.count)
}

/// Fills memory from the system's generator.
func fillRandom(_ target: UnsafeMutableRawBufferPointer) {
    var generator = SystemRandomNumberGenerator()
    var index = 0
    while index < target.count {
        var word: UInt64 = generator.next()
        for _ in 0..<8 where index < target.count {
            unsafe target[index] = UInt8(truncatingIfNeeded: word)
            word >>= 8
            index += 1
        }
    }
}

/// `count` octets from the system's generator.
func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    unsafe bytes.withUnsafeMutableBytes { unsafe fillRandom($0) }
    return bytes
}
