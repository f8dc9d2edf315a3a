/// A `pkcs11:` URI of RFC 7512 that names a token, a secret key in it, and maybe the module.
///
/// An attribute that is not looked at would let the URI name something else than its author meant, so any other is refused.
struct PKCS11URI: Hashable, Sendable {
    /// What is wrong; never a value, which may be a PIN.
    struct Fault: Error, Hashable, Sendable { let reason: String }

    private(set) var token = TokenChoice()
    private(set) var key = KeyChoice()
    private(set) var modulePath: String?
    /// The path of the file behind `pin-source`.
    private(set) var pinFile: String?

    init(_ text: String) throws(Fault) {
        guard text.hasPrefix("pkcs11:") else { throw Fault(reason: "expected a URI that begins with pkcs11:") }
        let halves = text.dropFirst("pkcs11:".count).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var seen: Set<Substring> = []
        for (half, separator) in zip(halves, [Character(";"), "&"]) {
            for attribute in half.split(separator: separator) {
                let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw Fault(reason: "expected NAME=VALUE between \(separator)") }
                guard seen.insert(parts[0]).inserted else { throw Fault(reason: "it has \(parts[0]) twice") }
                if separator == ";" {
                    try readPath(parts[0], parts[1])
                } else {
                    try readQuery(parts[0], parts[1])
                }
            }
        }
    }

    private mutating func readPath(_ name: Substring, _ value: Substring) throws(Fault) {
        switch name {
        case "token": token.label = try Self.text(name, value)
        case "serial": token.serial = try Self.text(name, value)
        case "model": token.model = try Self.text(name, value)
        case "manufacturer": token.manufacturer = try Self.text(name, value)
        case "slot-id":
            guard let slot = UInt(value) else { throw Fault(reason: "expected a number as slot-id") }
            token.slot = slot
        case "object": key.label = try Self.text(name, value)
        case "id":
            key.id = try Self.octets(name, value)
        case "type":
            guard value == "secret-key" else { throw Fault(reason: "expected type=secret-key") }
        default: throw Self.unknown(name)
        }
    }

    private mutating func readQuery(_ name: Substring, _ value: Substring) throws(Fault) {
        switch name {
        case "module-path": modulePath = try Self.text(name, value)
        case "pin-source":
            let source = try Self.text(name, value)
            guard source.hasPrefix("file:/") else {
                throw Fault(reason: "expected a pin-source that begins with file:/")
            }
            let path = source.dropFirst("file:".count)
            pinFile = String(path.hasPrefix("///") ? path.dropFirst(2) : path)
        case "pin-value":
            throw Fault(
                reason: "a PIN has no place in a URI: use pin-source=file:/PATH, pin or pin_file, not pin-value")
        default: throw Self.unknown(name)
        }
    }

    private static func unknown(_ name: Substring) -> Fault {
        Fault(
            reason: "expected only token, serial, model, manufacturer, slot-id, object, id, type=secret-key, "
                + "module-path and pin-source; another attribute is there")
    }

    private static func text(_ name: Substring, _ value: Substring) throws(Fault) -> String {
        guard let text = String(validating: try octets(name, value), as: UTF8.self) else {
            throw Fault(reason: "expected UTF-8 as \(name)")
        }
        return text
    }

    /// The octets of a percent-encoded value.
    private static func octets(_ name: Substring, _ value: Substring) throws(Fault) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = Array(value.utf8)[...]
        while let octet = rest.popFirst() {
            guard (0x21...0x7E).contains(octet) else {
                throw Fault(reason: "expected percent-encoding for blanks and for what is not ASCII in \(name)")
            }
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                throw Fault(reason: "expected two hexadecimal digits after each % in \(name)")
            }
            octets.append(high << 4 | low)
        }
        guard !octets.isEmpty else { throw Fault(reason: "expected a value for \(name)") }
        return octets
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        Character(Unicode.Scalar(octet)).hexDigitValue.map { UInt8(truncatingIfNeeded: $0) }
    }
}
