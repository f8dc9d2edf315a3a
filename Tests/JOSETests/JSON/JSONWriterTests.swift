import Testing

@testable import JOSE

@Suite("The JSON writer")
struct JSONWriterTests {
    @Test("writes members in order, without white space, and escapes what must be escaped")
    func compact() {
        let value: JSONValue = ["b": [1, -2, 1.5, nil, true], "a": "\"\\/\u{1}\n\u{7F}é😀", "e": [:], "l": []]
        let text = value.serializedString(pretty: false)
        #expect(text == #"{"b":[1,-2,1.5,null,true],"a":"\"\\/\u0001\n\#u{7F}é😀","e":{},"l":[]}"#)
    }

    @Test("puts each member on its own line when asked")
    func pretty() {
        let value: JSONValue = ["a": [1, 2], "b": [:]]
        #expect(value.serializedString(pretty: true) == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}")
    }

    @Test("writes numbers that read back to themselves, and no infinities")
    func numbers() throws {
        for number in [0.1 as Double, 1e300, .leastNonzeroMagnitude, -1.5, 1e16, 123_456_789.25] {
            #expect(try JSONValue(parsing: JSONValue.number(number).serialized()) == .number(number))
        }
        #expect(JSONValue.number(.infinity).serializedString() == "null")
        #expect(JSONValue.number(.nan).serializedString() == "null")
    }

    @Test("has objects whose members are set, replaced and removed")
    func object() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = "x"
        object["b"] = nil
        #expect(object.names == ["a", "c"])
        #expect(object == ["c": "x", "a": 3])
        #expect(object != ["c": "x"])
        #expect(JSONObject([("a", 1), ("a", 2)]) == ["a": 2])
    }
}
