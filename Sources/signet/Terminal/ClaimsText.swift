import JOSE

/// Headers and claims as people read them.
enum ClaimsText {
    /// A JSON object, and below it its dates in words.
    static func describe(_ claims: JSONObject, now: Int64) -> String {
        ([json(claims)] + dateLines(claims, now: now)).joined(separator: "\n")
    }

    /// Claims as a result that programs read, and their dates in words beside it, on standard error.
    static func result(_ claims: JSONObject, now: Int64) -> String {
        for line in dateLines(claims, now: now) { StandardStreams.complain(line) }
        return json(claims)
    }

    private static func json(_ claims: JSONObject) -> String {
        JSONValue.object(claims).serializedString(pretty: true)
    }

    /// `expires  2026-11-23 20:15:00 UTC, in 4 min 59 s`, for those of exp, nbf, iat and auth_time that are there.
    static func dateLines(_ claims: JSONObject, now: Int64) -> [String] {
        var table = TextTable([])
        for (name, words) in [("iat", "issued"), ("nbf", "not before"), ("exp", "expires"), ("auth_time", "signed in")]
        {
            guard let seconds = claims[name]?.integerValue, let text = CivilTime.text(seconds) else { continue }
            table.append(["\(words) (\(name)):", "\(text), \(CivilTime.distance(seconds, from: now))"])
        }
        return Array(table.lines.dropFirst())
    }

    /// The same dates as members for --json.
    static func dates(_ claims: JSONObject) -> JSONObject {
        var dates = JSONObject()
        for name in ["iat", "nbf", "exp", "auth_time"] {
            if let text = claims[name]?.integerValue.flatMap(CivilTime.text) { dates[name] = .string(text) }
        }
        return dates
    }
}
