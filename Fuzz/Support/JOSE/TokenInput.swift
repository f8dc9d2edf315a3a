@testable import JOSE

/// The texts that an input stands for. Most of a token is base64url, which hides it from mutation; so an input may also
/// be what is inside, and the first octet says which.
struct TokenInput {
    var compact: [UInt8]?
    var json: [UInt8]?

    /// - `c`, `j`: a token in the compact form or in JSON, as it is.
    /// - `h`: lines that are the parts of a compact token before they are encoded; what is over goes into the last.
    /// - `p`: a token in JSON whose protected headers are objects.
    /// - anything else: both, as it is.
    init(_ input: [UInt8], partCount: Int) {
        let rest = input.dropFirst()
        switch input.first {
        case UInt8(ascii: "c"): compact = [UInt8](rest)
        case UInt8(ascii: "j"): json = [UInt8](rest)
        case UInt8(ascii: "h"): compact = Self.compact(parts(rest, count: partCount))
        case UInt8(ascii: "p"): json = Self.protected([UInt8](rest))
        default: (compact, json) = (input, input)
        }
    }

    private static func compact(_ parts: [[UInt8]]) -> [UInt8] {
        [UInt8](parts.map { Base64URL.encode($0) }.joined(separator: ".").utf8)
    }

    private static func protected(_ text: [UInt8]) -> [UInt8] {
        guard var object = try? JSONObject(parsing: text) else { return text }
        encodeHeader(&object)
        for name in ["signatures", "recipients"] {
            guard let elements = object[name]?.arrayValue else { continue }
            object[name] = .array(
                elements.map { element in
                    guard var element = element.objectValue else { return element }
                    encodeHeader(&element)
                    return .object(element)
                })
        }
        return object.serialized()
    }

    private static func encodeHeader(_ object: inout JSONObject) {
        guard let header = object["protected"]?.objectValue else { return }
        object["protected"] = .string(Base64URL.encode(header.serialized()))
    }
}

/// What a reader of tokens may answer before it asks for a key.
let refusals: Set<JOSEError.Code> = [
    .tokenMalformed, .tokenTooLarge, .base64URLInvalid, .jsonInvalid, .jsonDuplicateMember, .headerInvalid,
    .headerUnprotected,
]

/// What a policy that allows everything may answer.
let policyRefusals: Set<JOSEError.Code> = [
    .headerInvalid, .headerUnprotected, .headerMemberUnknown, .algorithmNotAllowed, .contentEncryptionNotAllowed,
    .criticalUnknown, .compressionNotAllowed,
]

/// The result, or nil for a refusal that is one of those given.
func accepted<Result>(
    _ codes: Set<JOSEError.Code>, _ body: () throws(JOSEError) -> Result, line: UInt = #line
) -> Result? {
    do throws(JOSEError) {
        return try body()
    } catch {
        require(codes.contains(error.code), "\(error.code) is one of the refusals", line: line)
        return nil
    }
}

/// Limits that a text just does not keep.
func limitsBelow(_ text: [UInt8]) -> TokenLimits {
    TokenLimits(tokenBytes: text.count - 1, headerBytes: TokenLimits.default.headerBytes)
}
