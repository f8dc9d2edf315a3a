/// The values of checked JSON numbers.
enum JSONNumber {
    /// The integer, or nil if it does not fit 64 bits with sign.
    static func integer(_ octets: Span<UInt8>) -> Int64? {
        var index = 0
        var isNegative = false
        if index < octets.count, octets[index] == UInt8(ascii: "-") {
            isNegative = true
            index = 1
        }
        // Downwards, because the most negative value has no positive twin.
        var value: Int64 = 0
        while index < octets.count {
            let digit = octets[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (difference, tooSmall) = product.subtractingReportingOverflow(Int64(digit))
            guard !tooLarge, !tooSmall else { return nil }
            value = difference
            index &+= 1
        }
        guard !isNegative else { return value }
        let (positive, overflow) = Int64(0).subtractingReportingOverflow(value)
        return overflow ? nil : positive
    }

    /// The nearest Double, or nil if it is not finite.
    static func double(_ octets: Span<UInt8>) -> Double? {
        guard let value = Double(octets.text()), value.isFinite else { return nil }
        return value
    }
}
