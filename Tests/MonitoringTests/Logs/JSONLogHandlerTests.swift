import Logging
import Testing

@testable import Monitoring

@Suite struct JSONLogHandlerTests {
    private func line(_ body: (Logger) -> Void) -> String {
        let lines = LineCollector()
        var logger = Logger(label: "gateway") {
            JSONLogHandler(label: $0, sink: lines.sink, now: { 1_767_323_045_678 })
        }
        logger[metadataKey: "node"] = "a"
        body(logger)
        return lines.all.joined()
    }

    @Test func aLineIsOneObjectWithTimeLevelLoggerMessageAndSortedMetadata() {
        let text = line { $0.warning("upstream failed", metadata: ["z": "1", "b": ["x", "y"]]) }
        #expect(
            text == """
                {"time":"2026-01-02T03:04:05.678Z","level":"warning","logger":"gateway",\
                "message":"upstream failed","b":["x","y"],"node":"a","z":"1"}

                """)
    }

    @Test func aValueCanNotEndItsLineOrItsString() {
        let text = line { $0.info("m", metadata: ["v": "a\"\\\n\r\t\u{1}\u{2028}"]) }
        #expect(text.contains(#""v":"a\"\\\n\r\t\u0001\u2028""#))
        #expect(text.filter { $0 == "\n" }.count == 1)
    }

    @Test func aLongValueIsCut() {
        let text = line { $0.info("m", metadata: ["v": "\(String(repeating: "x", count: 100_000))"]) }
        #expect(text.utf8.count < 3000)
        #expect(text.hasSuffix("…\",\"node\":\"a\"}\n") || text.contains("…\"}"))
    }

    @Test func whatIsBelowTheLevelIsNotWritten() {
        #expect(line { $0.debug("m") }.isEmpty)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ]) func aMomentIsWrittenInUTC(milliseconds: Int64, text: String) {
        #expect(UTCTime.text(milliseconds: milliseconds) == text)
    }
}
