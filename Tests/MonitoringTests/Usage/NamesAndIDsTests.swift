import Testing

@testable import Monitoring

@Suite struct NameTableTests {
    @Test func aNameKeepsItsNumber() {
        let table = NameTable()
        let number = table.number(of: "orders")
        #expect(table.number(of: "orders") == number)
        #expect(table.name(of: number) == "orders")
        #expect(table.number(of: "") == 0)
        #expect(table.name(of: 0).isEmpty)
    }

    @Test func aFullTableSaysOther() {
        let table = NameTable(capacity: 3)
        _ = table.number(of: "a")
        #expect(table.number(of: "b") == NameTable.other)
        #expect(table.name(of: 99) == "other")
    }
}

@Suite struct RequestIDTests {
    @Test func isThirtyTwoHexadecimalDigits() {
        let id = RequestID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        #expect(id.description == "0123456789abcdeffedcba9876543210")
    }
}
