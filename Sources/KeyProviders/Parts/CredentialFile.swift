import JOSE
import KeyManagement

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Small files beside the settings: certificates, and secrets that somebody else puts there and renews.
enum CredentialFile {
    /// The whole content; nil when there is no such file. The caller wipes it.
    /// - Throws: `provider-configuration-invalid`.
    static func contents(of path: String, atMost limit: Int) throws(ProviderError) -> [UInt8]? {
        // The path is passed as a C string that lives for the call. A pipe that nobody writes to is not waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: limit + 1)
        defer { wipe(&content) }
        var count = 0
        while count < content.count {
            let start = count
            // The address is valid for the call; start is within the array, and the rest of its length is given.
            let got = unsafe content.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(path) }
            if got == 0 { return Array(content[..<count]) }
            count += got
        }
        throw ProviderError(.configurationInvalid, "\(path) has more than \(limit) octets")
    }

    /// The same of a file that must be there.
    static func required(_ path: String, atMost limit: Int) throws(ProviderError) -> [UInt8] {
        guard let content = try contents(of: path, atMost: limit) else {
            throw ProviderError(.configurationInvalid, "there is no \(path)")
        }
        return content
    }

    private static func failure(_ path: String) -> ProviderError {
        let number = errno
        // strerror's text is valid until the next call on this thread; it is copied here.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return ProviderError(.configurationInvalid, "can't read \(path): \(text)")
    }
}
