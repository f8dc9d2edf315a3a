/// The `Date` field's value (RFC 9110 section 5.6.7), made once per second.
package struct DateField {
    private var second: Int64 = -1
    private var text: [UInt8] = []

    package init() {}

    /// Like `Sun, 06 Nov 1994 08:49:37 GMT`.
    package mutating func value(unixMilliseconds: Int64) -> [UInt8] {
        let now = unixMilliseconds / 1000
        if now != second {
            second = now
            text = Self.format(now)
        }
        return text
    }

    static func format(_ seconds: Int64) -> [UInt8] {
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = seconds / 86_400
        let rest = seconds % 86_400
        // Days since 1 March of year 0, so that the leap day is the last of its year; 400 years are 146097 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 2 : shiftedMonth - 10
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let clock = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return Array("\(names[Int(days % 7)]), \(two(day)) \(months[Int(month)]) \(year) \(clock) GMT".utf8)
    }
}
