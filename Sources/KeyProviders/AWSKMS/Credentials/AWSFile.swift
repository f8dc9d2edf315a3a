import KeyManagement

/// The files that tokens of a platform lie in.
enum AWSFile {
    /// A file that holds one token, without white space at its ends.
    static func token(of path: String, atMost limit: Int) throws(ProviderError) -> String {
        let content = try CredentialFile.required(path, atMost: limit)
        let isSpace = { (octet: UInt8) in octet == 0x20 || (0x09...0x0d).contains(octet) }
        let token = content.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !token.isEmpty, token.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw ProviderError(.configurationInvalid, "expected a token in \(path)")
        }
        return String(decoding: Array(token), as: UTF8.self)
    }
}
