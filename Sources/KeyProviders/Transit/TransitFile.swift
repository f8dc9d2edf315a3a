import JOSE
import KeyManagement

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Files beside the settings: certificates, and secrets that somebody else puts there and renews.
enum TransitFile {
    /// The most octets of a file.
    static let limit = 1 << 18

    /// The whole content. The caller wipes it.
    /// - Throws: `provider-configuration-invalid`.
    static func contents(of path: String) throws(ProviderError) -> [UInt8] {
        // The path is passed as a C string that lives for the call. A pipe nobody writes to is not waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: limit + 1)
        defer { wipe(&buffer) }
        var count = 0
        while count < buffer.count {
            let start = count
            // The address is valid for the call; start is within the buffer, and the rest of its length is given.
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(path) }
            if got == 0 { return Array(buffer[..<count]) }
            count += got
        }
        throw ProviderError(.configurationInvalid, "\(path) has more than \(limit) octets")
    }

    /// A secret, without white space around it.
    /// - Throws: `provider-configuration-invalid`.
    static func secret(_ path: String) throws(ProviderError) -> SecretBytes {
        var content = try contents(of: path)
        defer { wipe(&content) }
        guard let secret = TransitSecret.trimmed(content) else {
            throw ProviderError(.configurationInvalid, "\(path) is empty, or holds what can't be a token")
        }
        return secret
    }

    private static func failure(_ path: String) -> ProviderError {
        let number = errno
        // strerror's text is valid until the next call on this thread; it is copied here.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return ProviderError(.configurationInvalid, "\(path) can't be read: \(text)")
    }
}
