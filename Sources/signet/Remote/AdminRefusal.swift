import Egress
import JOSE

/// What an answer of the management API that is no success means for a command.
enum AdminRefusal {
    /// The failure for a problem document (RFC 9457), or for whatever else came.
    static func failure(_ response: EgressResponse, server: String) -> CommandFailure {
        let problem = try? JSONValue(parsing: response.body)
        let code = problem?["code"]?.stringValue ?? "status-\(response.status)"
        let reason = text(of: problem) ?? "\(server) answered with status \(response.status)"
        switch response.status {
        case 401:
            return CommandFailure(.notPermitted, code, "\(server) does not take this credential: \(reason)")
        case 403: return CommandFailure(.notPermitted, code, reason)
        case 400, 413, 415, 422: return .malformed(code, reason)
        case 502, 503, 504, 429: return CommandFailure(.unavailable, code, reason)
        case 500...599: return CommandFailure(.internalError, code, "the server failed: \(reason)")
        case 300...399:
            return .unavailable("\(server) answered with a redirect: name the server itself by --server")
        default: return .refused(code, reason)
        }
    }

    /// The detail, the faults one per line, and the id to look for in the server's log.
    private static func text(of problem: JSONValue?) -> String? {
        guard let problem, let first = problem["detail"]?.stringValue ?? problem["title"]?.stringValue else {
            return nil
        }
        var lines = [first]
        for fault in problem["errors"]?.arrayValue ?? [] {
            let parts = ["location", "path", "message"].compactMap { fault[$0]?.stringValue }.filter { !$0.isEmpty }
            lines.append("  " + parts.joined(separator: ": "))
        }
        if let id = problem["request_id"]?.stringValue { lines.append("  request id \(id)") }
        return lines.joined(separator: "\n")
    }
}
