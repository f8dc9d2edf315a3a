import Testing

@testable import signet

@Suite("Spans of time")
struct TimeSpanTests {
    @Test(
        "Fractions, signs, spaces, unknown units and centuries are refused",
        arguments: ["", "s", "-1s", "+1s", "1.5m", "1 m", "1w", "1ms", "1S", "99999999999", "36501d", "٣s"])
    func refused(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(
        "Units are seconds, minutes, hours and days",
        arguments: [("0", 0), ("90", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800)])
    func accepted(text: String, seconds: Int64) {
        #expect(TimeSpan(text)?.seconds == seconds)
    }
}
