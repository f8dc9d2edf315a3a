/// Why a command ends without having done what it says.
struct CommandFailure: Error, Hashable, Sendable {
    /// What the process ends with.
    let status: ExitStatus
    /// A stable code for programs.
    let code: String
    /// What was expected and what came, for people. One line per problem; never a secret.
    let reason: String

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
            let lines = reason.split(whereSeparator: \.isNewline).map { line in line.drop { $0 == " " } }
            let oneLine = lines.joined(separator: "; ")
            return "refused: \(code): \(oneLine)"
        case .internalError: return "signet: this is a bug, please report it: \(reason)"
        default: return "signet: \(reason)"
        }
    }
}
