import Glibc

/// Reads whole files and standard input, within a bound.
enum Input {
    /// 64 MiB: payloads of `jws sign` and `jwe encrypt`, which JOSE needs in one piece.
    static let payloadLimit = 64 * 1024 * 1024
    /// 1 MiB: keys, claims, tokens, credentials, documents.
    static let documentLimit = 1024 * 1024

    /// The content of a file, or of standard input when there is no path or it is `-`.
    ///
    /// - Throws: ``CommandFailure``: 64 for a path that can't be read, 65 for content beyond `limit`.
    static func read(_ path: String?, limit: Int = documentLimit) throws -> [UInt8] {
        guard let path, path != "-" else {
            if StandardStreams.inputIsTerminal { StandardStreams.complain("reading standard input; end with Ctrl-D") }
            return try content(of: STDIN_FILENO, name: "standard input", limit: limit)
        }
        return try file(path, limit: limit)
    }

    /// The content of a file.
    static func file(_ path: String, limit: Int = documentLimit) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            guard !isToken(path) else {
                throw CommandFailure.usage(
                    "a token is read from a file or from standard input, so that it reaches no list of processes and no "
                        + "history: echo \"$TOKEN\" | signet …")
            }
            throw CommandFailure.usage("can't read \(path): \(SystemFailure.text(reason))")
        }
        defer { close(descriptor) }
        return try content(of: descriptor, name: path, limit: limit)
    }

    /// Whether somebody gave a token, which no message may repeat, for the name of a file.
    private static func isToken(_ path: String) -> Bool {
        path.hasPrefix("eyJ") && path.utf8.count(where: { $0 == UInt8(ascii: ".") }) >= 2
    }

    /// A file's text with white space at both ends removed, as people save tokens and secrets.
    static func trimmedText(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        return Array(rest)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    static func content(of descriptor: Int32, name: String, limit: Int) throws -> [UInt8] {
        var content: [UInt8] = []
        let chunk = 64 * 1024
        while true {
            var count = 0
            let start = content.count
            content.append(contentsOf: repeatElement(0, count: chunk))
            // The chunk was appended just above, so that the pointer has room for it.
            count = unsafe content.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: start), chunk)
            }
            let reason = errno
            content.removeLast(chunk - max(0, count))
            if count == 0 { return content }
            if count < 0 {
                if reason == EINTR { continue }
                throw CommandFailure.usage("can't read \(name): \(SystemFailure.text(reason))")
            }
            guard content.count <= limit else {
                throw CommandFailure.malformed("input-too-large", "\(name) is longer than \(limit) octets")
            }
        }
    }
}
