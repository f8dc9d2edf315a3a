import Foundation

/// One of the examples that the documentation quotes: the function of its name in the file of its name.
struct Snippet: Sendable, CustomStringConvertible {
    let name: String
    let run: @Sendable () async throws -> Void

    var description: String { name }

    init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snippets")

    /// The lines that the snippet says it prints: the comments behind its calls of `print`.
    func claims() throws -> [String] {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("\(name).swift"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard line.contains("print("), let mark = line.range(of: ")  // ") else { return nil }
            return String(line[mark.upperBound...])
        }
    }

    static let all = [
        Snippet("encryptBytes", encryptBytes), Snippet("encryptForSeveral", encryptForSeveral),
        Snippet("explainRefusal", explainRefusal), Snippet("findKey", findKey), Snippet("fixTheClock", fixTheClock),
        Snippet("handleRefusal", handleRefusal), Snippet("makeKeys", makeKeys),
        Snippet("openForeignToken", openForeignToken), Snippet("openToken", openToken),
        Snippet("publishKeySet", publishKeySet), Snippet("readPEM", readPEM),
        Snippet("readUnverified", readUnverified), Snippet("rotateKeys", rotateKeys),
        Snippet("sealToken", sealToken), Snippet("sealWithPassword", sealWithPassword),
        Snippet("signBytes", signBytes), Snippet("signDetached", signDetached), Snippet("signToken", signToken),
        Snippet("signTwice", signTwice), Snippet("signUnencoded", signUnencoded),
        Snippet("understandExtension", understandExtension), Snippet("verifyAccessToken", verifyAccessToken),
        Snippet("verifyByCertificate", verifyByCertificate), Snippet("verifyToken", verifyToken),
        Snippet("verifyWithKeySet", verifyWithKeySet),
    ]
}
