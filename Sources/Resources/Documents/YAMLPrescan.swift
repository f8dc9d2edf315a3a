/// Checks on the bare text that must come before any YAML parser sees it.
///
/// Two things happen inside the parser, before our walk: it hashes mapping keys (an alias used as a key would be
/// expanded in full, the "billion laughs"), and it recurses per level of nesting. Hence few aliases and few brackets may
/// reach it. The scan need not be exact: it errs towards refusing, far beyond what a configuration holds.
enum YAMLPrescan {
    /// With eight references at most, all expansions together stay within some twenty times the source.
    static let mostAliases = 8

    static func check(_ text: String, file: String?, limits: YAMLLimits) throws(ResourceErrors) {
        let size = text.utf8.count
        guard size <= limits.bytes else {
            throw ResourceErrors(
                ResourceFault(file: file, path: "", message: "expected at most \(limits.bytes) octets, got \(size)"))
        }
        var scan = Scan()
        for byte in text.utf8 {
            scan.take(byte)
            if scan.aliases > mostAliases {
                throw ResourceErrors(
                    ResourceFault(
                        file: file, line: scan.line, path: "",
                        message: YAMLWalk.noAnchors + " (text that begins with * needs quotes)"))
            }
            if scan.flowDepth > 4 * limits.depth || scan.dashes > limits.depth {
                throw ResourceErrors(
                    ResourceFault(
                        file: file, line: scan.line, path: "",
                        message: "expected at most \(limits.depth) levels of nesting"))
            }
        }
    }

    private struct Scan {
        var line = 1
        var aliases = 0
        /// Open brackets, quoted ones included.
        var flowDepth = 0
        /// Nested block sequences or keys opened on one line: `- - -`, `? ? ?`.
        var dashes = 0
        private var previous = UInt8(ascii: "\n")
        private var isAtLineStart = true
        private var isComment = false

        mutating func take(_ byte: UInt8) {
            defer { previous = byte }
            if previous == UInt8(ascii: "*"), startsName, !isSpace(byte) { aliases += 1 }
            startsName = false
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                // CR LF is one line's end.
                if !(byte == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r")) { line += 1 }
                isAtLineStart = true
                isComment = false
                dashes = 0
                return
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                return
            case UInt8(ascii: "#"):
                // A line that begins so holds nothing else: it is a comment, or lies inside a text.
                if isAtLineStart { isComment = true }
            case UInt8(ascii: "-"), UInt8(ascii: "?"):
                if isAtLineStart {
                    dashes += 1
                    return
                }
            default:
                break
            }
            isAtLineStart = false
            guard !isComment else { return }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): flowDepth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flowDepth = max(0, flowDepth - 1)
            case UInt8(ascii: "*"): startsName = canStartNode(after: previous)
            default: break
            }
        }

        private var startsName = false

        private func canStartNode(after byte: UInt8) -> Bool {
            isSpace(byte)
                || [UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: ":")].contains(byte)
        }

        private func isSpace(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
        }
    }
}
