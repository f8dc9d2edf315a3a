import Store
import Testing

@Suite("Values and rows")
struct SQLRowTests {
    let row = SQLRow(
        columns: ["nothing", "integer", "real", "text", "bytes", "two"],
        values: [nil, 1, .real(1.5), "word", .blob([1, 2]), 2])

    @Test func aMissingColumnIsAnError() {
        #expect(throws: StoreError.self) { try row.text("absent") }
        #expect(throws: StoreError.self) { try row.optionalInteger("absent") }
    }

    @Test func anotherTypeIsAnErrorThatShowsNoValue() {
        let error = #expect(throws: StoreError.self) { try row.integer("text") }
        #expect(error?.code == .rowInvalid)
        #expect(error?.reason == "expected an integer in column text, found text")
        #expect(throws: StoreError.self) { try row.text("bytes") }
        #expect(throws: StoreError.self) { try row.blob("text") }
        #expect(throws: StoreError.self) { try row.integer("real") }
    }

    @Test func nullIsAnErrorWhereAValueIsDue() {
        #expect(throws: StoreError.self) { try row.text("nothing") }
        #expect(throws: StoreError.self) { try row.integer("nothing") }
        #expect(throws: StoreError.self) { try row.blob("nothing") }
    }

    @Test func onlyZeroAndOneAreTruthValues() throws {
        #expect(try row.bool("integer"))
        #expect(throws: StoreError.self) { try row.bool("two") }
    }

    @Test func valuesComeBackAsTheyAre() throws {
        #expect(try row.text("text") == "word")
        #expect(try row.blob("bytes") == [1, 2])
        #expect(try row.timestamp("integer") == Timestamp(milliseconds: 1))
        #expect(try row.optionalText("nothing") == nil)
        #expect(try row.optionalTimestamp("nothing") == nil)
        #expect(try row.optionalBlob("nothing") == nil)
    }

    @Test(arguments: ["\u{0}", "name\u{0}", "name\u{0}other"])
    func textWithANULIsRefusedRatherThanCutOff(text: String) async throws {
        let sandbox = try await Sandbox()
        let error = await storeError { try await sandbox.insert(1, text) }
        #expect(error?.code == .textInvalid)
        #expect(try await sandbox.count() == 0)
    }

    @Test(arguments: [
        SQLValue.null, 0, .integer(.max), .integer(.min), .real(-0.25), "", "zwölf'\";--", .blob([]),
        .blob([0, 255]), .bool(true), .timestamp(Timestamp(seconds: 1)),
    ])
    func everyValueSurvivesTheDatabase(value: SQLValue) async throws {
        let sandbox = try await Sandbox()
        let found = try await sandbox.database.write { connection in
            try connection.execute("CREATE TABLE kept (v BYTEA)")
            try connection.execute("INSERT INTO kept (v) VALUES (?)", [value])
            return try connection.query("SELECT v FROM kept")[0].value("v")
        }
        #expect(found == value)
    }
}

@Suite("Moments")
struct TimestampTests {
    @Test func arithmeticSaturatesRatherThanTraps() {
        #expect(Timestamp(seconds: .max) + .max == Timestamp(milliseconds: .max))
        #expect((Timestamp(seconds: .min) - .max).milliseconds < -Int64.max / 2)
        #expect((Timestamp(seconds: 0) - .min).milliseconds == .max)
        #expect(Timestamp(milliseconds: .min).adding(milliseconds: -1) == Timestamp(milliseconds: .min))
    }

    @Test func secondsAreRoundedDown() {
        #expect(Timestamp(milliseconds: 1999).seconds == 1)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(Timestamp(milliseconds: -1000).seconds == -1)
        #expect((Timestamp(seconds: 10) + 5).seconds == 15)
        #expect((Timestamp(seconds: 10) - 5).seconds == 5)
    }

    @Test func theSystemClockIsInThisCentury() {
        #expect(WallClock.system.now() > Timestamp(seconds: 1_700_000_000))
        #expect(WallClock.system.now() < Timestamp(seconds: 4_102_444_800))
    }
}
