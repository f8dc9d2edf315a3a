/// A number of octets as resources write it: `10MB` (10,000,000), `64KiB` (65,536) or a plain integer.
package struct ByteSize: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of octets; never negative.
    package let bytes: Int64

    /// A number of octets; negative ones become zero.
    package init(bytes: Int64) {
        self.bytes = max(0, bytes)
    }

    /// Reads digits and one unit; nil for anything else, and for what an `Int64` can't hold.
    package init?(_ text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count <= 18, let number = Int64(Substring(digits)) else { return nil }
        let unit = String(text.utf8.dropFirst(digits.count)) ?? ""
        guard let factor = Self.units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }

    /// The shortest exact form, which `init(_:)` reads again.
    package var description: String {
        let unit = Self.units.last { bytes > 0 && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool {
        left.bytes < right.bytes
    }

    /// By rising size, so that the last that divides a number is its largest unit.
    private static let units: [(name: String, bytes: Int64)] = [
        ("B", 1), ("KB", 1_000), ("KiB", 1_024), ("MB", 1_000_000), ("MiB", 1_048_576), ("GB", 1_000_000_000),
        ("GiB", 1_073_741_824),
    ]
}

extension FieldValue {
    /// A size of the range.
    package func size(in range: ClosedRange<ByteSize>) -> ByteSize? {
        let value: ByteSize? =
            switch node.value {
            case .string(let text): ByteSize(text)
            case .integer(let bytes) where bytes >= 0: ByteSize(bytes: bytes)
            default: nil
            }
        guard let value, range.contains(value) else {
            fail(expected: "a size from \(range.lowerBound) to \(range.upperBound), such as 64KiB or 10MB")
            return nil
        }
        return value
    }
}
