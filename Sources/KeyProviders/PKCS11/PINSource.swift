import JOSE
import KeyManagement

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a token's user PIN comes from.
enum PINSource: Sendable, Equatable {
    /// There is none: the token needs no login, or asks for the PIN by itself.
    case none
    case value(SecretBytes)
    /// A file, read anew at each login.
    case file(String)

    /// Longer ones are none.
    static let mostOctets = 256

    /// The PIN; nil when there is none.
    func read() throws(ProviderError) -> SecretBytes? {
        switch self {
        case .none: return nil
        case .value(let pin): return pin
        case .file(let path): return try Self.contents(of: path)
        }
    }

    private static func contents(of path: String) throws(ProviderError) -> SecretBytes {
        // The path is passed as a C string that lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ProviderError(.configurationInvalid, "the PIN's file \(path) can't be opened (errno \(errno))")
        }
        defer { close(descriptor) }
        // Room for a line break and for one octet too many.
        var octets = [UInt8](repeating: 0, count: mostOctets + 3)
        defer { octets.wipe() }
        var count = 0
        while count < octets.count {
            // The address is valid for the call and the rest of the room is given.
            let got = unsafe octets.withUnsafeMutableBytes { room in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
                return unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw ProviderError(.configurationInvalid, "the PIN's file \(path) can't be read (errno \(errno))")
            }
            if got == 0 { break }
            count += got
        }
        if count > 0, octets[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        if count > 0, octets[count - 1] == UInt8(ascii: "\r") { count -= 1 }
        guard count > 0, count <= mostOctets else {
            throw ProviderError(
                .configurationInvalid, "expected a PIN of 1 to \(mostOctets) octets in one line of \(path)")
        }
        var pin = Array(octets.prefix(count))
        defer { pin.wipe() }
        return SecretBytes(pin)
    }
}

extension [UInt8] {
    /// Overwrites a secret that had to be in an array, by a call that the optimiser keeps.
    mutating func wipe() {
        // The address is valid for the call and the length is the array's own.
        unsafe withUnsafeMutableBytes {
            if let base = $0.baseAddress { unsafe explicit_bzero(base, $0.count) }
        }
    }
}
