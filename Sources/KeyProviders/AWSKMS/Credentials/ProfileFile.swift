import KeyManagement

/// The credentials file of AWS's tools: sections in brackets, `name = value` below them, comments in lines of their own.
///
/// Strict, since a line that is read otherwise than it was meant is a wrong key: whatever is none of these, a section or
/// a name that occurs twice, and a name before the first section are errors. Messages tell lines, never their content.
struct ProfileFile {
    private var sections: [String: [String: String]] = [:]

    /// - Parameter path: for messages.
    init(_ text: [UInt8], path: String) throws(ProviderError) {
        guard let text = String(validating: text, as: UTF8.self) else {
            throw ProviderError(.configurationInvalid, "\(path) is not UTF-8")
        }
        var section: String?
        var name: String?
        // A line break of two characters is one Character.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            func fault(_ expected: String) -> ProviderError {
                ProviderError(.configurationInvalid, "\(path):\(index + 1): expected \(expected)")
            }
            let content = Self.trimmed(line)
            guard let first = content.first, first != "#", first != ";" else { continue }
            if line.first == " " || line.first == "\t" {
                // Settings below a name, as of `s3 =`; no part of an access key has any.
                guard let name, !name.hasPrefix("aws_") else { throw fault("no white space at the line's start") }
            } else if first == "[" {
                guard content.last == "]" else { throw fault("] at the end of a section's name") }
                let title = String(Self.trimmed(content.dropFirst().dropLast()))
                guard !title.isEmpty, sections[title] == nil else { throw fault("a section that is not there already") }
                sections[title] = [:]
                (section, name) = (title, nil)
            } else {
                guard let equals = content.firstIndex(of: "=") else { throw fault("[section] or name = value") }
                let key = Self.trimmed(content[..<equals]).lowercased()
                guard let section, !key.isEmpty else { throw fault("a name below a [section]") }
                guard
                    sections[section]?.updateValue(String(Self.trimmed(content[equals...].dropFirst())), forKey: key)
                        == nil
                else { throw fault("a name that is not there already") }
                name = key
            }
        }
    }

    subscript(section: String) -> [String: String]? { sections[section] }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
