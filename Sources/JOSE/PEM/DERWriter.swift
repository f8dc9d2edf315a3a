/// Writes DER (X.690) into one array that never moves, so that a secret leaves no copies behind.
struct DERWriter {
    private(set) var octets: [UInt8] = []

    /// Room for the private form of the largest key.
    private static let capacity = 16 << 10

    init() {
        octets.reserveCapacity(Self.capacity)
    }

    /// Universal and context-specific tags in the form they have in keys.
    enum Tag {
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let null: UInt8 = 0x05
        static let sequence: UInt8 = 0x30

        static func explicit(_ number: UInt8) -> UInt8 { 0xA0 | number }
        static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
    }

    /// Writes a value whose content `body` writes.
    mutating func append(_ tag: UInt8, _ body: (inout DERWriter) -> Void) {
        let start = octets.count
        body(&self)
        octets.insert(contentsOf: [tag] + Self.length(octets.count - start), at: start)
    }

    /// Writes a value of given content.
    mutating func append(_ tag: UInt8, _ content: [UInt8]) {
        append(tag) { $0.octets += content }
    }

    /// Writes an encoding as it is.
    mutating func append(encoded: [UInt8]) {
        octets += encoded
    }

    /// Writes an OCTET STRING.
    mutating func append(octetString secret: SecretBytes) {
        append(Tag.octetString) { writer in writer.append(raw: secret) }
    }

    /// Writes a BIT STRING of whole octets.
    mutating func append(bitString content: [UInt8]) {
        append(Tag.bitString) { $0.octets += [0] + content }
    }

    /// Writes an INTEGER that is not negative; `magnitude` has no leading zero octets but for zero itself.
    mutating func append(integer magnitude: [UInt8]) {
        append(Tag.integer) { writer in
            // A leading bit would make the number negative.
            if let first = magnitude.first, first & 0x80 != 0 { writer.octets.append(0) }
            writer.octets += magnitude
        }
    }

    /// Writes an INTEGER that is not negative.
    mutating func append(integer secret: SecretBytes) {
        append(Tag.integer) { writer in
            let isHigh = unsafe secret.withUnsafeBytes { unsafe $0.first.map { $0 & 0x80 != 0 } ?? false }
            if isHigh { writer.octets.append(0) }
            writer.append(raw: secret)
        }
    }

    /// Writes octets as they are.
    mutating func append(raw secret: SecretBytes) {
        unsafe secret.withUnsafeBytes { unsafe octets.append(contentsOf: $0) }
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(truncatingIfNeeded: count)] }
        var octets: [UInt8] = []
        var rest = count
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(truncatingIfNeeded: octets.count)] + octets
    }
}
