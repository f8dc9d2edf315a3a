import Egress
import JOSE

/// What an answer of the management API that is no success means for a command.
enum AdminRefusal {
    /// The failure for a problem document (RFC 9457), or for whatever else came.
    static func failure(_ response: EgressResponse, server: String) -> CommandFailure {
        let problem = try? JSONValue(parsing: response.body)
        let code = problem?["code"]?.stringValue ?? "status-\(response.status)"
        if let elsewhere = wrongPlace(response.status, code, server) { return elsewhere }
        var failure = failure(response.status, code, problem, server)
        failure.faults = faults(of: problem)
        failure.requestID = problem?["request_id"]?.stringValue
        return failure
    }

    private static func failure(
        _ status: Int, _ code: String, _ problem: JSONValue?, _ server: String
    ) -> CommandFailure {
        let reason =
            problem?["detail"]?.stringValue ?? problem?["title"]?.stringValue
            ?? "\(server) answered with status \(status)"
        switch status {
        case 401:
            return CommandFailure(.notPermitted, code, "\(server) does not take this credential: \(reason)")
        case 403: return CommandFailure(.notPermitted, code, reason)
        case 400, 413, 415, 422: return .malformed(code, reason)
        case 502, 503, 504, 429: return CommandFailure(.unavailable, code, reason)
        case 500...599: return CommandFailure(.internalError, code, "the server failed: \(reason)")
        case 300...399:
            return .unavailable("\(server) answered with a redirect: name the server itself by --server")
        default: return problem?["code"] == nil ? notSignet(server, status) : .refused(code, reason)
        }
    }

    /// The failure when the management API is not where it was looked for.
    static func wrongPlace(_ status: Int, _ code: String, _ server: String) -> CommandFailure? {
        switch (status, code) {
        case (404, "not-found"):
            CommandFailure(
                .unavailable, code,
                "\(server) has no management API; with listeners.admin it is there alone: name that address by --server"
            )
        case (404, "route-not-found"):
            CommandFailure(
                .unavailable, code,
                "\(server) is the gateway of a Signet server; --server names its control listener, \(ServerURL.standard) "
                    + "unless it was set otherwise")
        case (421, "host-not-served"):
            CommandFailure(
                .unavailable, code,
                "\(server) is a Signet server of another name; name it by --server as its issuer says, or by loopback")
        default: nil
        }
    }

    private static func notSignet(_ server: String, _ status: Int) -> CommandFailure {
        .unavailable("\(server) answered with status \(status): is it a Signet server?")
    }

    private static func faults(of problem: JSONValue?) -> [CommandFailure.Fault] {
        (problem?["errors"]?.arrayValue ?? []).map { fault in
            CommandFailure.Fault(
                location: fault["location"]?.stringValue, path: fault["path"]?.stringValue ?? "",
                message: fault["message"]?.stringValue ?? "")
        }
    }
}
