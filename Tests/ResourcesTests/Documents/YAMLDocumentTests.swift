import JOSE
import Testing

@testable import Resources

@Suite("A YAML document")
struct YAMLDocumentTests {
    static let refused: [(String, String)] = [
        ("a: &x 1\nb: 2\n", "f.yaml:1: a: anchors (&name) and aliases (*name) are not supported: write the value out"),
        (
            "a: 1\nb: *x\n",
            "f.yaml:2: anchors (&name) and aliases (*name) are not supported: write the value out "
                + "(text that begins with * needs quotes)"
        ),
        ("a: {x: 1}\nb:\n  <<: {y: 1}\n", "f.yaml:3: b: merge keys (<<) are not supported: write the fields out"),
        ("a: !!int 5\n", "f.yaml:1: a: tags (!…) are not supported: write the value alone"),
        ("a: !secret x\n", "f.yaml:1: a: tags (!…) are not supported: write the value alone"),
        ("a: ! x\n", "f.yaml:1: a: tags (!…) are not supported: write the value alone"),
        ("a: !!map {}\n", "f.yaml:1: a: tags (!…) are not supported: write the value alone"),
        ("- !!set [x]\n", "f.yaml:1: [0]: tags (!…) are not supported: write the value alone"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:1: expected each key once, got \"a\" again"),
        ("a: 1\n\"a\": 3\n", "f.yaml:1: expected each key once, got \"a\" again"),
        ("[1]: x\n", "f.yaml:1: expected a name as key, got a list or mapping"),
        ("a: [1\nb: 2\n", "f.yaml:2: expected YAML: did not find expected ',' or ']'"),
        ("a: \"x\n", "f.yaml:2: expected YAML: found unexpected end of stream"),
        ("a:\n\t- x\n", "f.yaml:2: expected YAML: found character that cannot start any token"),
        ("a: \u{1}\n", "f.yaml:1: expected YAML: control characters are not allowed"),
        ("x\n---\n%TAG ! tag:x,1:\n---\na: 1\n%TAG\n", ""),
    ]

    @Test("refuses what it does not take, with the line", arguments: refused)
    func refuses(text: String, expected: String) {
        do {
            _ = try YAMLDocument.parse(text, file: "f.yaml")
            Issue.record("expected a refusal of \(text)")
        } catch {
            if expected.isEmpty { return }
            #expect(error.description == expected)
        }
    }

    @Test("lists every forbidden feature, not only the first")
    func listsAll() {
        let errors = #expect(throws: ResourceErrors.self) {
            try YAMLDocument.parse("a: &x 1\nb: !t 2\nc: {[1]: 2}\n", file: "f.yaml")
        }
        #expect(errors?.faults.map(\.line) == [1, 2, 3])
    }

    static let bombs: [String] = {
        let levels = (1...30).map {
            "l\($0): &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 9).joined(separator: ","))]"
        }
        let laughs = "l0: &l0 lol\n" + levels.joined(separator: "\n")
        return [
            laughs,
            laughs + "\n? *l30\n: x\n",
            "a: &a [*a]\n",
            "a: &a {b: *a}\n",
            String(repeating: "[", count: 100_000),
            String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000) + "x",
            String(repeating: "? ", count: 100_000) + "x",
            (0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            (0..<40).map { String(repeating: " ", count: $0) + "-\n" }.joined(),
            String(repeating: "a", count: 5_000_000),
            (0..<6_000).map { "---\na: \($0)\n" }.joined(),
            "[" + String(repeating: "1,", count: 500_000) + "1]",
        ]
    }()

    @Test("ends quickly on documents made to explode", .timeLimit(.minutes(1)), arguments: bombs.indices)
    func endsQuickly(index: Int) {
        #expect(throws: ResourceErrors.self) { try YAMLDocument.parse(Self.bombs[index], file: nil) }
    }

    @Test("does not take text in comments and quotes for aliases")
    func harmlessStars() throws {
        let text =
            String(repeating: "# *one *two *three [*four] {{{ \n", count: 50)
            + "hosts: [\"*.a\", '*.b']\ntext: |\n  # *x\nlast: a *b*\n"
        let documents = try YAMLDocument.parse(text, file: nil)
        #expect(documents.count == 1)
    }

    static let scalars: [(String, YAMLNode.Value)] = [
        ("true", .bool(true)), ("False", .bool(false)), ("yes", .string("yes")), ("on", .string("on")),
        ("null", .null), ("~", .null), ("", .null), ("\"\"", .string("")), ("'true'", .string("true")),
        ("\"12\"", .string("12")), ("12", .integer(12)), ("-3", .integer(-3)), ("+3", .integer(3)),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number("9223372036854775808")),
        ("1.5", .number("1.5")), (".5", .number(".5")), ("1e3", .number("1e3")), ("0x1F", .number("0x1F")),
        ("0o17", .number("0o17")), (".inf", .number(".inf")), ("-.INF", .number("-.INF")), (".nan", .number(".nan")),
        ("5m", .string("5m")), ("10MB", .string("10MB")), ("1.2.3", .string("1.2.3")),
        ("12:30:45", .string("12:30:45")), ("2001-12-14", .string("2001-12-14")), ("e5", .string("e5")),
        ("127.0.0.1:8080", .string("127.0.0.1:8080")), ("|\n  12", .string("12\n")), ("0xZZ", .string("0xZZ")),
    ]

    @Test("types plain scalars by the core schema of YAML 1.2", arguments: scalars)
    func types(text: String, expected: YAMLNode.Value) throws {
        let document = try #require(try YAMLDocument.parse("a: \(text)\n", file: nil).first)
        #expect(document.root == YAMLNode(.mapping([member("a", expected, document)]), line: 1))
    }

    private func member(_ name: String, _ value: YAMLNode.Value, _ document: YAMLDocument) -> YAMLMember {
        guard case .mapping(let members) = document.root.value else {
            return YAMLMember(name: name, line: nil, value: YAMLNode(value))
        }
        return YAMLMember(name: name, line: 1, value: YAMLNode(value, line: members.first?.value.line))
    }

    @Test("knows the line of every value, after comments, blank lines and CRLF")
    func lines() throws {
        let text = "# head\r\n\r\na: 1\r\nb:\r\n  - x\r\n  -\r\n    c: 2\r\n"
        let document = try #require(try YAMLDocument.parse(text, file: nil).first)
        guard case .mapping(let members) = document.root.value, case .sequence(let items) = members[1].value.value,
            case .mapping(let inner) = items[1].value
        else {
            Issue.record("expected the shape of the text")
            return
        }
        #expect(members.map(\.line) == [3, 4])
        #expect(items[0].line == 5)
        #expect(inner.map(\.line) == [7])
    }

    @Test("takes JSON as it is")
    func json() throws {
        let text = #"{"a": [1, "2", null, true, {"b": "\u00e9"}]}"#
        let document = try #require(try YAMLDocument.parse(text, file: nil).first)
        #expect(document.root.json?["a"]?.arrayValue?[4]["b"]?.stringValue == "é")
    }

    @Test("leaves out documents without content")
    func empty() throws {
        #expect(try YAMLDocument.parse("", file: nil).isEmpty)
        #expect(try YAMLDocument.parse("---\n---\n# nothing\n", file: nil).isEmpty)
        #expect(try YAMLDocument.parse("---\na: 1\n---\n", file: nil).count == 1)
    }

    @Test("of a configuration is one at most")
    func single() throws {
        let errors = #expect(throws: ResourceErrors.self) {
            try YAMLDocument.parseSingle("a: 1\n---\nb: 2\n", file: "signet.yaml")
        }
        #expect(errors?.description == "signet.yaml:3: expected at most 1 document(s) in one stream")
        #expect(try YAMLDocument.parseSingle("", file: nil).root.value == .mapping([]))
    }
}
