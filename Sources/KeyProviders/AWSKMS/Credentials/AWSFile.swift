import KeyManagement

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads the small files that credentials lie in.
enum AWSFile {
    /// Nil when there is no such file.
    static func contents(of path: String, atMost limit: Int) throws(ProviderError) -> [UInt8]? {
        // The path is passed as a C string that lives for the call. A pipe that nobody writes must not keep us.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < content.count {
            // Within the array: from what is filled to its end.
            let more = unsafe content.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + count }, $0.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw failure(path) }
            if more == 0 { break }
            count += more
        }
        defer { wipe(&content) }
        guard count <= limit else {
            throw ProviderError(.configurationInvalid, "expected \(path) to have at most \(limit) octets")
        }
        return Array(content[..<count])
    }

    /// A file that holds one token, without white space at its ends.
    static func token(of path: String, atMost limit: Int) throws(ProviderError) -> String {
        guard let content = try contents(of: path, atMost: limit) else {
            throw ProviderError(.configurationInvalid, "there is no \(path)")
        }
        let isSpace = { (octet: UInt8) in octet == 0x20 || (0x09...0x0d).contains(octet) }
        let token = content.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !token.isEmpty, token.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw ProviderError(.configurationInvalid, "expected a token in \(path)")
        }
        return String(decoding: Array(token), as: UTF8.self)
    }

    private static func failure(_ path: String) -> ProviderError {
        let number = errno
        // strerror's text is valid until the next call on this thread; it is copied here.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return ProviderError(.configurationInvalid, "can't read \(path): \(text)")
    }
}
