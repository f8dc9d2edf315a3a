import Yams

/// What the YAML parser could not read, in our words with its line.
struct YAMLGrammarError {
    let message: String
    let line: Int?

    init(_ error: any Error, text: String) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            message = "expected YAML: \(problem)"
            line = mark.line
        case .composer(_, let problem, let mark, _):
            message =
                problem == "found undefined alias"
                ? YAMLWalk.noAnchors + " (text that begins with * needs quotes)" : "expected YAML: \(problem)"
            line = mark.line
        case .reader(let problem, let offset, _, _):
            message = "expected YAML: \(problem)"
            line = offset.map { Self.line(at: $0, in: text) }
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\(YAMLNode.clipped($0))\"" }.joined(separator: ", ")
            message = "expected each key once, got \(names) again"
            line = context.mark.line
        default:
            message = "expected YAML"
            line = nil
        }
    }

    private static func line(at offset: Int, in text: String) -> Int {
        text.utf8.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1
    }
}
