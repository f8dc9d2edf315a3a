/// A length of time as resources write it: `250ms`, `30s`, `5m`, `1h`, `7d`.
package struct ResourceDuration: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length in milliseconds; never negative.
    package let milliseconds: Int64

    /// A length in milliseconds; negative ones become zero.
    package init(milliseconds: Int64) {
        self.milliseconds = max(0, milliseconds)
    }

    /// A length in whole seconds.
    package static func seconds(_ seconds: Int32) -> ResourceDuration {
        ResourceDuration(milliseconds: Int64(seconds) * 1000)
    }

    /// Reads digits and one unit; nil for anything else, and for what an `Int64` of milliseconds can't hold.
    package init?(_ text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count <= 18, let number = Int64(Substring(digits)) else { return nil }
        let unit = String(text.utf8.dropFirst(digits.count)) ?? ""
        guard let factor = Self.units.first(where: { $0.name == unit })?.milliseconds else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        milliseconds = product
    }

    /// Whole seconds, rounded down.
    package var wholeSeconds: Int64 { milliseconds / 1000 }

    /// As the standard library's type.
    package var duration: Duration { .milliseconds(milliseconds) }

    /// The shortest exact form, which `init(_:)` reads again.
    package var description: String {
        guard milliseconds > 0 else { return "0s" }
        let unit = Self.units.last { milliseconds % $0.milliseconds == 0 }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "\(milliseconds)ms"
    }

    package static func < (left: ResourceDuration, right: ResourceDuration) -> Bool {
        left.milliseconds < right.milliseconds
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
}

extension FieldValue {
    /// A duration of the range.
    package func duration(in range: ClosedRange<ResourceDuration>) -> ResourceDuration? {
        guard case .string(let text) = node.value, let value = ResourceDuration(text), range.contains(value) else {
            fail(expected: "a duration from \(range.lowerBound) to \(range.upperBound), such as 30s, 5m or 1h")
            return nil
        }
        return value
    }
}
