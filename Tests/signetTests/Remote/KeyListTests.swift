import JOSE
import Testing

@testable import signet

@Suite("The list of keys as people read it")
struct KeyListTests {
    @Test(
        "Since when a version is in its present state",
        arguments: [
            ("pending", "c"), ("next", "p"), ("active", "a"), ("retiring", "s"), ("retired", "r"), ("revoked", "v"),
        ])
    func since(state: String, moment: String) {
        let key: JSONValue = [
            "ring": "ring", "kid": "kid", "state": .string(state), "created_at": "c", "published_at": "p",
            "activated_at": "a", "superseded_at": "s", "retires_at": "r", "revoked_at": "v", "destroys_at": "d",
        ]
        let lines = KeyList.table([key]).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first?.last == "SINCE")
        #expect(lines.last?.suffix(3) == [state, "kid", moment])
    }

    @Test("A moment that a server does not tell is a dash")
    func unknown() {
        #expect(KeyList.table([["state": "other"]]).hasSuffix("-"))
    }
}
