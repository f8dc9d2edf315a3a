import Testing

@testable import ControlHTTP

@Suite("Request ids")
struct RequestIDTests {
    @Test("fresh ids are 32 hexadecimal digits and differ")
    func fresh() {
        let ids = (0..<1000).map { _ in RequestID().description }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }
}
