import JOSE

/// Why a command ends without having done what it says.
struct CommandFailure: Error, Equatable, Sendable {
    /// What the process ends with.
    let status: ExitStatus
    /// A stable code for programs.
    let code: String
    /// What was expected and what came, for people; never a secret.
    let reason: String
    /// Each thing that is wrong with a document, where there can be several.
    var faults: [Fault] = []
    /// What to look for in the server's log.
    var requestID: String?
    /// What was done all the same: an object whose members stand beside the error in the one document of `--json`.
    var result: JSONValue = [:]

    /// One thing that is wrong with a document.
    struct Fault: Hashable, Sendable {
        /// `FILE:LINE`, or as much of it as is known.
        var location: String?
        /// The place inside the document, such as `spec.routes[0].path`; empty for the whole of it.
        var path: String
        /// What was expected and what came.
        var message: String

        var text: String {
            [location, path, message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        }
    }

    init(_ status: ExitStatus, _ code: String, _ reason: String) {
        self.status = status
        self.code = code
        self.reason = reason
    }

    static func refused(_ code: String, _ reason: String) -> CommandFailure {
        CommandFailure(.refused, code, reason)
    }

    static func usage(_ reason: String) -> CommandFailure {
        CommandFailure(.usage, "usage", reason)
    }

    /// An option value that is planned but not there yet: it is refused by its name, not taken for a typing error.
    static func notSupported(_ what: String, instead: String) -> CommandFailure {
        CommandFailure(.usage, "not-supported", "\(what) is not supported yet; \(instead)")
    }

    static func malformed(_ code: String, _ reason: String) -> CommandFailure {
        CommandFailure(.malformedInput, code, reason)
    }

    static func unavailable(_ reason: String) -> CommandFailure {
        CommandFailure(.unavailable, "unavailable", reason)
    }

    static func notPermitted(_ reason: String) -> CommandFailure {
        CommandFailure(.notPermitted, "not-permitted", reason)
    }

    static func configuration(_ reason: String) -> CommandFailure {
        CommandFailure(.configuration, "configuration", reason)
    }

    static func bug(_ reason: String) -> CommandFailure {
        CommandFailure(.internalError, "internal", reason)
    }

    /// The text for standard error. A refusal is exactly one line.
    var message: String {
        switch status {
        case .refused:
            let oneLine = text.split(whereSeparator: \.isNewline).map { line in line.drop { $0 == " " } }
            return "refused: \(code): \(oneLine.joined(separator: "; "))"
        case .malformedInput: return "signet: \(code): \(text)"
        case .internalError: return "signet: this is a bug, please report it: \(text)"
        default: return "signet: \(text)"
        }
    }

    private var text: String {
        var lines = [reason] + faults.map { "  \($0.text)" }
        if let requestID { lines.append("  request id \(requestID)") }
        return lines.joined(separator: "\n")
    }
}
