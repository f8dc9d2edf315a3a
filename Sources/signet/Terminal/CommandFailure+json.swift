import JOSE

extension CommandFailure {
    /// What `--json` prints: `errors` is there when there are faults, in the form of the management API's problems.
    var json: JSONValue {
        var error: JSONObject = [
            "code": .string(code), "reason": .string(reason), "exit_status": .integer(Int64(status.rawValue)),
        ]
        if !faults.isEmpty { error["errors"] = .array(faults.map(\.json)) }
        if let requestID { error["request_id"] = .string(requestID) }
        var document = result.objectValue ?? [:]
        document["error"] = .object(error)
        return .object(document)
    }
}

extension CommandFailure.Fault {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["path": .string(path), "message": .string(message)]
        if let location { object["location"] = .string(location) }
        return .object(object)
    }
}
