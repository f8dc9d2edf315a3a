import JOSE

/// An operation that can be done a given number of times, for programs that count what it takes.
enum CountedOperation {
    /// `FORM/seal`, `FORM/open`, and the parts of opening that only read.
    static let names =
        TokenForm.all.flatMap { form in ["seal", "open", "bare-seal", "bare-open"].map { "\(form.name)/\($0)" } }
        + ["parse/jws", "parse/jwe-header", "parse/outer-header", "parse/known-outer-header", "parse/claims"]

    /// Does it once to make ready what is made at first use, then `times` times.
    static func run(_ name: String, times: Int) throws {
        let operation = try make(name)
        try operation()
        try counted(operation, times: times)
    }

    /// The only function that `scripts/count-instructions` counts in: it knows it by its name.
    @inline(never)
    private static func counted(_ operation: () throws -> Void, times: Int) throws {
        for _ in 0..<times { try operation() }
    }

    private static func make(_ name: String) throws -> () throws -> Void {
        let parts = name.split(separator: "/").map(String.init)
        guard parts.count == 2, names.contains(name) else { throw CommandFailure.bug("no operation \(name)") }
        guard parts[0] != "parse" else { return try reading(parts[1]) }
        let form = try form(parts[0])
        let token = try BenchToken(form)
        switch parts[1] {
        case "seal": return token.seal
        case "open": return token.open
        case "bare-seal": return try form.primitives().operations(innerBytes: token.innerBytes).seal
        default: return try form.primitives().operations(innerBytes: token.innerBytes).open
        }
    }

    private static func reading(_ part: String) throws -> () throws -> Void {
        // Of the symmetric profile every header is known beforehand, of the asymmetric one the inner one only.
        let token = try BenchToken(try form(part == "known-outer-header" ? "symmetric" : "asymmetric"))
        switch part {
        case "jws": return { [inner = token.inner] in _ = try JWT.decodeUnverified(inner) }
        case "jwe-header":
            let text = String(decoding: token.octets, as: UTF8.self)
            return { _ = try JWT.decodeUnverifiedHeader(text) }
        case "claims": return { _ = try JWTClaims(parsing: BenchToken.claims) }
        default: return token.readOuterHeader
        }
    }

    private static func form(_ name: String) throws -> TokenForm {
        guard let form = TokenForm.all.first(where: { $0.name == name }) else {
            throw CommandFailure.bug("no form \(name)")
        }
        return form
    }
}
