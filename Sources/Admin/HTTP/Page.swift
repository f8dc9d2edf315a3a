import JOSE
import Problems

/// One page of a list: its bounds from the query, and its JSON.
struct Page: Sendable {
    static let largest = 1000
    static let usual = 100

    /// The most items.
    let limit: Int
    /// The key of the last item of the page before; nil for the first page.
    let after: String?

    /// - Throws: `request-malformed` for a limit out of range or a cursor that no answer had.
    init(_ query: [String: String]) throws(Problem) {
        if let text = query["limit"] {
            guard let number = Int(text), (1...Self.largest).contains(number) else {
                throw Problem(.requestMalformed, detail: "expected limit from 1 to \(Self.largest)")
            }
            limit = number
        } else {
            limit = Self.usual
        }
        after = try query["cursor"].map { cursor throws(Problem) in
            guard cursor.utf8.count <= 1024, let octets = try? Base64URL.decode(cursor),
                let text = String(validating: octets, as: UTF8.self), text.hasPrefix("1:")
            else { throw Page.badCursor }
            return String(text.dropFirst(2))
        }
    }

    /// The cursor as a number that counts down; the highest when there is none.
    func number() throws(Problem) -> Int64 {
        guard let after else { return .max }
        guard let number = Int64(after), number > 0 else { throw Page.badCursor }
        return number
    }

    /// The list's JSON from up to `limit + 1` items: the one too many shows that there is a next page.
    func json<Item>(_ items: [Item], key: (Item) -> String, _ json: (Item) -> JSONValue) -> JSONValue {
        let shown = items.prefix(limit)
        let next = items.count > limit ? shown.last.map { Base64URL.encode(Array("1:\(key($0))".utf8)) } : nil
        return ["items": .array(shown.map(json)), "next": next.map { .string($0) } ?? .null]
    }

    static let badCursor = Problem(.requestMalformed, detail: "expected a cursor from an earlier answer")
}
