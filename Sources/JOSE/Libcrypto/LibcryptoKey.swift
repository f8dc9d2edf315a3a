internal import CLibcrypto

/// A parsed key of OpenSSL's libcrypto, freed with its last reference.
///
/// `@unchecked Sendable`: the key behind the pointer is made before the object is and freed after it, and nothing here
/// writes to it in between. libcrypto lets any number of threads use one key at once: each operation has a context of
/// its own, and what keys cache inside (exported parameters, the blinding of RSA) is behind libcrypto's own locks.
@safe final class LibcryptoKey: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Takes ownership of a key; nil if there is none.
    init?(_ handle: OpaquePointer?) {
        guard let handle = unsafe handle else { return nil }
        unsafe self.handle = handle
    }

    deinit {
        unsafe clibcrypto_key_free(handle)
    }

    /// Lends the key for the length of a call.
    func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try unsafe body(handle) }
    }
}

extension UnsafeRawBufferPointer {
    /// The octets as C takes them; nil stands for none.
    var octets: UnsafePointer<UInt8>? { unsafe baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
