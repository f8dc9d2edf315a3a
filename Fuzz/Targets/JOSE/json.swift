@testable import JOSE

/// JSON: what is accepted has one meaning, is written so that it is read back, and keeps within the limits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    do throws(JOSEError) {
        let value = try JSONValue(parsing: input)
        readsWhatItWrites(value)
        keepsLimits(value, input)
        findsMembers(value, input)
        readsClaims(value, input)
    } catch {
        require([.jsonInvalid, .jsonDuplicateMember].contains(error.code), "the refusal is one of JSON's")
        require((try? JWTClaims(parsing: input)) == nil, "claims are JSON")
    }
    return 0
}

private func readsWhatItWrites(_ value: JSONValue) {
    let text = value.serialized()
    // Escapes may grow, and so may numbers: 1e9 becomes 1000000000.0.
    let limits = JSONLimits(bytes: 1 << 30, depth: 16)
    guard let again = try? JSONValue(parsing: text, limits: limits) else {
        return require(false, "what is written is read")
    }
    require(again == value, "what is written is read back as an equal value")
    require(again.serialized() == text, "equal values are written alike")
    let pretty = value.serializedString(pretty: true)
    require((try? JSONValue(parsing: [UInt8](pretty.utf8), limits: limits)) == value, "white space means nothing")
}

private func keepsLimits(_ value: JSONValue, _ text: [UInt8]) {
    let depth = depth(of: value)
    require(depth <= JSONLimits.default.depth, "nothing is nested deeper than allowed")
    let exact = JSONLimits(bytes: text.count, depth: depth)
    require((try? JSONValue(parsing: text, limits: exact)) == value, "limits that suffice refuse nothing")
    let short = JSONLimits(bytes: text.count - 1, depth: depth)
    require((try? JSONValue(parsing: text, limits: short)) == nil, "a text beyond the limit is refused")
    guard depth > 0 else { return }
    let shallow = JSONLimits(bytes: text.count, depth: depth - 1)
    require((try? JSONValue(parsing: text, limits: shallow)) == nil, "nesting beyond the limit is refused")
}

private func depth(of value: JSONValue) -> Int {
    switch value {
    case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
    case .object(let object): 1 + (object.map { depth(of: $0.value) }.max() ?? 0)
    default: 0
    }
}

/// The parts of a text, looked up by name, are the members of the value.
private func findsMembers(_ value: JSONValue, _ text: [UInt8]) {
    guard let object = value.objectValue, let tape = try? JSONTape(parsing: text.span, limits: .default) else { return }
    var seen: Set<[UInt8]> = []
    for (name, member) in object {
        require(seen.insert([UInt8](name.utf8)).inserted, "no name comes twice")
        guard let index = tape.member(name, in: text.span) else { return require(false, "a member is found by name") }
        require(tape.value(at: index, in: text.span) == member, "a name has one meaning")
    }
    let algorithm = tape.member("alg" as StaticString, in: text.span)
    require((algorithm == nil) == (object["alg"] == nil), "both ways of looking up a name find the same")
    require(
        algorithm.flatMap { tape.string(at: $0, in: text.span) } == object["alg"]?.stringValue, "and the same value")
}

private func readsClaims(_ value: JSONValue, _ text: [UInt8]) {
    do throws(JOSEError) {
        let claims = try JWTClaims(parsing: text)
        require(claims.object == value.objectValue, "claims are the members of the object")
        require(claims.issuer == value["iss"]?.stringValue, "iss is a string")
        require(claims.subject == value["sub"]?.stringValue, "sub is a string")
        require(claims.jwtID == value["jti"]?.stringValue, "jti is a string")
        require(claims.audience.isEmpty == (value["aud"] == nil), "aud names somebody")
        for date in [claims.expiresAt, claims.notBefore, claims.issuedAt] {
            require(date.map { (0...1 << 53).contains($0) } ?? true, "dates are seconds since 1970")
        }
    } catch {
        require(error.code == .claimInvalid, "JSON that is no set of claims is claim-invalid")
    }
}
