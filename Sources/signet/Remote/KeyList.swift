import JOSE

/// The key versions that a server lists.
enum KeyList {
    /// Every page of `GET /admin/v1/keys`.
    static func all(from client: AdminClient) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var cursor: String?
        // A server that never ends its pages is wrong; a thousand of them are more keys than any server has.
        for _ in 0..<1000 {
            let answer = try await client.call(
                "GET", "/keys" + (cursor.map { "?cursor=\(PercentEncoding.encode($0))" } ?? ""))
            items += answer["items"]?.arrayValue ?? []
            guard let next = answer["next"]?.stringValue, !next.isEmpty else { return items }
            cursor = next
        }
        throw CommandFailure.unavailable("\(client.server) lists keys without end")
    }

    /// The path of a key version.
    ///
    /// - Throws: ``CommandFailure`` 64: a kid from elsewhere must not choose another path of the management API.
    static func path(of kid: String) throws -> String {
        guard !kid.isEmpty, kid.utf8.allSatisfy(isKeyIDByte) else {
            throw CommandFailure.usage("expected a kid of letters, digits, - and _")
        }
        return "/keys/\(kid)"
    }

    private static func isKeyIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// When a version came into each state. One that is retired came into it when its last token had expired.
    private static let since = [
        "pending": "created_at", "next": "published_at", "active": "activated_at", "retiring": "superseded_at",
        "retired": "retires_at", "revoked": "revoked_at",
    ]

    /// The versions as people read them.
    static func table(_ keys: [JSONValue]) -> String {
        var table = TextTable(["RING", "PURPOSE", "OWNER", "ALG", "VERSION", "STATE", "KID", "SINCE"], alignRight: [4])
        for key in keys {
            func text(_ name: String) -> String {
                switch key[name] {
                case .string(let value)?: value
                case .integer(let value)?: String(value)
                default: "-"
                }
            }
            let state = key["damage"] == nil ? text("state") : text("state") + ", damaged"
            table.append([
                text("ring"), text("purpose"), text("owner"), text("algorithm"), text("number"), state,
                text("kid"), text(since[text("state")] ?? ""),
            ])
        }
        return table.lines.joined(separator: "\n")
    }
}
