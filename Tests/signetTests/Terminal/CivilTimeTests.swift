import Testing

@testable import signet

@Suite("Times for people")
struct CivilTimeTests {
    @Test(
        "Dates are those of the Gregorian calendar",
        arguments: [
            (0, "1970-01-01 00:00:00 UTC"), (-1, "1969-12-31 23:59:59 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"), (951_868_800, "2000-03-01 00:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"), (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"), (253_402_300_799, "9999-12-31 23:59:59 UTC"),
            (-62_135_596_800, "0001-01-01 00:00:00 UTC"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, expected: String) {
        #expect(CivilTime.text(seconds) == expected)
    }

    @Test("Times beyond four-digit years have no date", arguments: [Int64.max, .min, 253_402_300_800, -62_135_596_801])
    func outOfRange(seconds: Int64) {
        #expect(CivilTime.text(seconds) == nil)
    }

    @Test("Each day of 400 years follows the one before")
    func everyDay() throws {
        var previous = ""
        for day in Int64(0)..<146_097 {
            let text = try #require(CivilTime.text(day * 86_400))
            #expect(text > previous)
            previous = text
        }
        #expect(previous == "2369-12-31 00:00:00 UTC")
    }

    @Test(
        "Distances are told in their two largest units",
        arguments: [
            (0, "now"), (1, "in 1 s"), (-1, "1 s ago"), (299, "in 4 min 59 s"), (-3600, "1 h ago"),
            (90_061, "in 1 d 1 h"), (86_401, "in 1 d 1 s"),
        ] as [(Int64, String)])
    func distances(difference: Int64, expected: String) {
        #expect(CivilTime.distance(1_000_000 + difference, from: 1_000_000) == expected)
    }

    @Test("Distances between the ends of time don't overflow")
    func distanceOverflow() {
        #expect(CivilTime.distance(.max, from: .min) == "far away")
        #expect(CivilTime.distance(.min, from: .max) == "far away")
        #expect(CivilTime.distance(.min, from: 0) == "far away")
    }
}
