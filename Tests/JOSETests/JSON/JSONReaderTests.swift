import Testing

@testable import JOSE

@Suite("The JSON reader")
struct JSONReaderTests {
    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}",
            "{'a':1}", "{\"a\":1 \"b\":2}", "{1:2}", "[1]]", "1 2", "nul", "nulll", "True", "truefalse", "undefined",
            "NaN", "Infinity", "-", "+1", "01", "-01", "00", "1.", ".5", "1.e1", "1e", "1e+", "0x10", "1_000", "--1",
            "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\u{0}\"", "\"a\nb\"", "\"a\tb\"",
            "// x\n1", "/* */1", "\u{FEFF}1", "[1]//", "\"a\"\"b\"", "[\"a\",\"b\"", "{\"a\":[}",
        ]
    )
    func grammar(text: String) {
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: text) }
    }

    @Test(
        "refuses numbers beyond a Double, and takes those that are too small for zero",
        arguments: ["1e309", "-1e309", "1e999999999999"]
    )
    func range(text: String) throws {
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: text) }
        #expect(try JSONValue(parsing: "1e-400").numberValue == 0)
    }

    @Test(
        "refuses lone surrogates",
        arguments: [
            #""\uD800""#, #""\uDC00""#, #""\uD800\uD800""#, #""\uDC00\uD800""#, #""\uD800x""#, #""\uD800\n""#,
            #""\uDBFF""#, #"{"\uD800":1}"#, #""\ud83d""#,
        ]
    )
    func surrogates(text: String) {
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: text) }
    }

    @Test(
        "refuses octets that are not UTF-8",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE2, 0x82], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xF0, 0x9F, 0x98],
            [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98, 0x20],
        ] as [[UInt8]]
    )
    func utf8(sequence: [UInt8]) {
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: octets("\"") + sequence + octets("\"")) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: octets("\"12345678") + sequence) }
    }

    @Test(
        "refuses a name that comes twice, however it is written and however many names there are",
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"alg":1,"\u0061lg":2}"#, #"{"":1,"":2}"#,
            #"{"x":{"a":1,"a":1}}"#, #"[{"é":1,"\u00e9":2}]"#, #"{"a\/b":1,"a/b":2}"#,
            "{" + (0..<100).map { "\"n\($0)\":0," }.joined() + "\"n57\":1}",
        ]
    )
    func duplicates(text: String) {
        #expect(throws: JOSEError(.jsonDuplicateMember, "")) { try JSONValue(parsing: text) }
    }

    @Test("takes names that are only canonically equivalent for different ones")
    func canonicalEquivalents() throws {
        let object = try JSONObject(parsing: octets("{\"\u{E9}\":1,\"e\u{301}\":2,\"K\":3,\"\u{212A}\":4}"))
        #expect(object["\u{E9}"] == 1 && object["e\u{301}"] == 2 && object["K"] == 3 && object["\u{212A}"] == 4)
    }

    @Test("counts depth and size exactly")
    func limits() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try JSONValue(parsing: deep(16)) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: deep(17)) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: deep(100_000)) }
        let objects = String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17)
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: objects) }
        let limits = JSONLimits(bytes: 4, depth: 1)
        #expect(throws: Never.self) { try JSONValue(parsing: "1234", limits: limits) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: "12345", limits: limits) }
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONValue(parsing: "[[]]", limits: limits) }
    }

    @Test("reads numbers as they are written")
    func numbers() throws {
        let expected: [(String, JSONValue)] = [
            ("0", .integer(0)), ("-0", .integer(0)), ("42", .integer(42)), ("-7", .integer(-7)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
            ("1.5", .number(1.5)), ("1e3", .number(1000)), ("1E+2", .number(100)), ("25e-1", .number(2.5)),
        ]
        for (text, value) in expected { #expect(try JSONValue(parsing: text) == value, "\(text)") }
    }

    @Test("reads strings with their escapes")
    func strings() throws {
        #expect(try JSONValue(parsing: #""\"\\\/\b\f\n\r\t""#).stringValue == "\"\\/\u{8}\u{C}\n\r\t")
        #expect(try JSONValue(parsing: #""\u0041\u00e9\u20AC\uD83D\uDE00\u0000""#).stringValue == "Aé€😀\u{0}")
        #expect(try JSONValue(parsing: "\"é€😀\u{7F}\u{10FFFF}\"").stringValue == "é€😀\u{7F}\u{10FFFF}")
        // Something special at each place of the words that plain octets are skipped by.
        for count in 0..<20 {
            let plain = String(repeating: "x", count: count)
            #expect(try JSONValue(parsing: "\"\(plain)\\n\(plain)\"").stringValue == "\(plain)\n\(plain)")
            #expect(try JSONValue(parsing: "\"\(plain)é\(plain)\"").stringValue == "\(plain)é\(plain)")
            #expect(throws: JOSEError.self) { try JSONValue(parsing: "\"\(plain)\u{1F}\(plain)\"") }
            #expect(throws: JOSEError.self) { try JSONValue(parsing: "\"\(plain)\"x\"\(plain)\"") }
        }
    }

    @Test("keeps members in order, with white space anywhere")
    func objects() throws {
        let object = try JSONObject(parsing: octets(" {\r\n\t\"b\" : [ ] , \"a\" : { } , \"c\":[ 1 , null , true ] } "))
        #expect(object.names == ["b", "a", "c"])
        #expect(object["c"] == [1, nil, true])
        #expect(throws: JOSEError(.jsonInvalid, "")) { try JSONObject(parsing: octets("[]")) }
    }

    @Test("never traps on what chance makes of texts")
    func mutations() {
        let seeds = [
            #"{"alg":"A256KW","enc":"A256GCM","kid":"\u00e9\uD83D\uDE00","n":[1,-2.5e+3,{"x":null}]}"#,
            #"[[[[{"a":{"b":[true,false,null]}}]]]]"#, #""\\\"\u0000é€😀""#,
        ].map { octets($0) }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<30_000 {
            var text = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            mutate(&text, &generator)
            guard let value = try? JSONValue(parsing: text) else { continue }
            // What is read is written so that it is read the same.
            #expect((try? JSONValue(parsing: value.serialized())) == value)
        }
    }
}

/// Changes, removes, doubles or inserts some octets.
func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
        guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &generator)) }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(bytes[index], at: index)
        case 4: bytes.removeLast(bytes.count - index)
        default:
            let end = Int.random(in: index..<bytes.count, using: &generator)
            bytes.insert(contentsOf: bytes[index...end], at: Int.random(in: 0...bytes.count, using: &generator))
        }
    }
}
