import Testing

@testable import ControlHTTP

@Suite("Form parameters (RFC 6749 3.1, 3.2; WHATWG URL 5.1)")
struct FormParametersTests {
    private func parse(_ text: String, repeatable: Set<String> = []) throws -> FormParameters {
        try FormParameters(parsing: Array(text.utf8), repeatable: repeatable)
    }

    @Test(
        "a broken form is refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "%=1", "a=%C3%28", "a=%ff", "a=b c", "a=ü", "=1", "a=%00", "a=%0A", "a=\u{7f}",
            "a=%7F", "a=b\n",
        ])
    func broken(form: String) {
        #expect(throws: ControlHTTPError(.formMalformed, "").code) { try code { _ = try parse(form) } }
    }

    @Test(
        "a parameter that comes twice is refused, also when empty or encoded differently",
        arguments: ["a=1&a=1", "a=1&a=2", "a&a", "a=&a=1", "grant=1&b=2&gr%61nt=1"])
    func repeated(form: String) {
        #expect(throws: ControlHTTPError.Code.parameterRepeated) { try code { _ = try parse(form) } }
    }

    @Test("more parameters than the bound are refused")
    func tooMany() throws {
        let form = (0...FormParameters.maxCount).map { "p\($0)=1" }.joined(separator: "&")
        #expect(throws: ControlHTTPError.Code.formMalformed) { try code { _ = try parse(form) } }
        _ = try parse((0..<FormParameters.maxCount).map { "p\($0)=1" }.joined(separator: "&"))
    }

    @Test("a parameter without a value counts as absent")
    func empty() throws {
        let form = try parse("scope=&state")
        #expect(form["scope"] == nil)
        #expect(form["state"] == nil)
        #expect(form.contains("scope"))
    }

    @Test("escapes and plus signs are decoded in names and values")
    func decoded() throws {
        let form = try parse("sc%6Fpe=a+b%2Bc&x=%E2%82%AC&&y=1=2")
        #expect(form["scope"] == "a b+c")
        #expect(form["x"] == "€")
        #expect(form["y"] == "1=2")
        #expect(form.names == ["scope", "x", "y"])
    }

    @Test("only a parameter named as repeatable may come several times")
    func repeatable() throws {
        let form = try parse("resource=a&resource=b&resource=", repeatable: ["resource"])
        #expect(form.all("resource") == ["a", "b"])
        #expect(throws: ControlHTTPError.Code.parameterRepeated) {
            try code { _ = try parse("resource=a&x=1&x=2", repeatable: ["resource"]) }
        }
    }

    @Test("seeded random octets never trap and are decoded to what was encoded or refused")
    func randomOctets() throws {
        var generator = SplitMix(seed: 7)
        let alphabet = Array("a%=&+0Ff\u{80}é ".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<24, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = try? FormParameters(parsing: bytes)
        }
    }
}

/// Rethrows a ``ControlHTTPError`` as its code, so that tests compare codes and not sentences.
func code<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as ControlHTTPError { throw error.code }
}

extension ControlHTTPError.Code: Error {}

/// A small seeded generator, so that a failing walk can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
