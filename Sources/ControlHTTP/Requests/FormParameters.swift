package import Hummingbird

/// The parameters of a form or query: each name at most once, unless said otherwise.
///
/// Strict on purpose. Two readers that take different ones of two equal names disagree about who asked for what, so
/// RFC 6749 (sections 3.1 and 3.2) forbids the repetition. A broken percent escape, an octet that no encoder emits and
/// text that is not UTF-8 are refused instead of being mended.
package struct FormParameters: Sendable {
    /// The most parameters of one form.
    package static let maxCount = 64

    private var values: [String: [String]] = [:]

    /// Parses the octets of `application/x-www-form-urlencoded`.
    ///
    /// - Parameter repeatable: names that may come several times, as `resource` of RFC 8707.
    /// - Throws: ``ControlHTTPError`` with `formMalformed` or `parameterRepeated`.
    package init(parsing form: [UInt8], repeatable: Set<String> = []) throws(ControlHTTPError) {
        var count = 0
        for pair in form.split(separator: UInt8(ascii: "&")) {
            count &+= 1
            guard count <= Self.maxCount else {
                throw ControlHTTPError(.formMalformed, "more than \(Self.maxCount) parameters")
            }
            let cut = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = try Self.decoded(pair[..<cut])
            let value = cut == pair.endIndex ? "" : try Self.decoded(pair[(cut + 1)...])
            guard !name.isEmpty else { throw ControlHTTPError(.formMalformed, "a parameter without a name") }
            guard values[name] == nil || repeatable.contains(name) else {
                throw ControlHTTPError(.parameterRepeated, "a parameter came twice")
            }
            values[name, default: []].append(value)
        }
    }

    /// The value of a parameter; nil when it is absent or empty, which RFC 6749 section 3.2 treats alike.
    package subscript(_ name: String) -> String? {
        guard let value = values[name]?.first, !value.isEmpty else { return nil }
        return value
    }

    /// Every non-empty value of a repeatable parameter, in the order sent.
    package func all(_ name: String) -> [String] {
        (values[name] ?? []).filter { !$0.isEmpty }
    }

    /// Whether the parameter was sent at all, even empty.
    package func contains(_ name: String) -> Bool { values[name] != nil }

    /// The names that were sent.
    package var names: Set<String> { Set(values.keys) }

    /// Decodes one name or value: `+` is a space, `%HH` an octet, the result UTF-8 without control characters.
    ///
    /// - Throws: ``ControlHTTPError`` with `formMalformed`.
    package static func decoded(_ encoded: some Collection<UInt8>) throws(ControlHTTPError) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(encoded.count)
        var iterator = encoded.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"):
                octets.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexadecimal), let low = iterator.next().flatMap(hexadecimal)
                else { throw ControlHTTPError(.formMalformed, "a percent escape without two hexadecimal digits") }
                octets.append(high << 4 | low)
            case 0x21...0x7E:
                octets.append(byte)
            default:
                throw ControlHTTPError(.formMalformed, "an octet that must be percent-encoded")
            }
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw ControlHTTPError(.formMalformed, "a parameter is not UTF-8")
        }
        guard !octets.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw ControlHTTPError(.formMalformed, "a parameter with a control character")
        }
        return text
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }
}

extension Request {
    /// Reads an `application/x-www-form-urlencoded` body.
    ///
    /// - Parameter repeatable: names that may come several times.
    /// - Throws: ``ControlHTTPError``.
    package func readForm(
        repeatable: Set<String> = [], limit: BodyLimit = .form, context: ControlContext
    ) async throws -> FormParameters {
        try requireMediaType("application/x-www-form-urlencoded")
        return try FormParameters(parsing: await readBody(limit, context: context), repeatable: repeatable)
    }

    /// The parameters of the query, under the same rules as a form.
    ///
    /// - Throws: ``ControlHTTPError``.
    package func queryParameters(repeatable: Set<String> = []) throws(ControlHTTPError) -> FormParameters {
        try FormParameters(parsing: Array((uri.query ?? "").utf8), repeatable: repeatable)
    }
}
