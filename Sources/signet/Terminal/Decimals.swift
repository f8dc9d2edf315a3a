/// Numbers with a fixed count of decimals.
enum Decimals {
    /// `value` rounded to 1 to 6 places; `-` for what is no number.
    static func text(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "-" }
        var scale = 1
        for _ in 0..<min(max(places, 1), 6) { scale *= 10 }
        let scaled = Int64((abs(value) * Double(scale)).rounded())
        let rest = String(scaled % Int64(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        let zeros = String(repeating: "0", count: String(scale).count - 1 - rest.count)
        return "\(sign)\(scaled / Int64(scale)).\(zeros)\(rest)"
    }
}
