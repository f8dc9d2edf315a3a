import JOSE

/// Tokens as files and standard input hold them.
enum TokenInput {
    /// The bounds of tokens on the command line, where they may carry files.
    static let limits = TokenLimits(
        tokenBytes: 100 << 20, headerBytes: 16 << 10, json: JSONLimits(bytes: 1 << 20, depth: 16))

    /// Reads a token from a file or standard input; white space around it is no part of it.
    ///
    /// - Throws: ``CommandFailure`` 65 for what can't be a token of that form.
    ///
    /// - Parameter other: the command for a compact token of the other kind, by its number of parts.
    static func read(_ path: String?, parts: Int, other: String) throws -> String {
        let token = try read(path)
        let found = token.utf8.count(where: { $0 == UInt8(ascii: ".") }) + 1
        guard found == parts || ![3, 5].contains(found) else {
            let kind = found == 5 ? "encrypted" : "signed only"
            throw CommandFailure.refused("token-malformed", "the token is \(kind): that is for `signet jwt \(other)`")
        }
        return token
    }

    /// Reads a token from a file or standard input; white space around it is no part of it.
    ///
    /// - Throws: ``CommandFailure`` 65 for what can't be a token of that form.
    static func read(_ path: String?, _ serialization: TokenSerialization = .compact) throws -> String {
        try token(Input.trimmedText(try Input.read(path, limit: Input.payloadLimit * 3 / 2)), serialization)
    }

    /// The same of any form.
    static func readAny(_ path: String?) throws -> String {
        let bytes = Input.trimmedText(try Input.read(path, limit: Input.payloadLimit * 3 / 2))
        return try token(bytes, bytes.first == UInt8(ascii: "{") ? .general : .compact)
    }

    private static func token(_ bytes: [UInt8], _ serialization: TokenSerialization) throws -> String {
        // A payload that is not encoded may have spaces (RFC 7797 section 5.2).
        guard serialization != .compact || bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw CommandFailure.malformed("token-malformed", "expected a compact token in one line")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure.malformed("token-malformed", "expected a JSON object in UTF-8")
        }
        return text
    }
}
