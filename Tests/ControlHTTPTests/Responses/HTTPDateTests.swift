import Testing

@testable import ControlHTTP

@Suite("HTTP dates (RFC 9110 5.6.7)")
struct HTTPDateTests {
    @Test(
        "a time is written as IMF-fixdate",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] as [(Int64, String)])
    func text(seconds: Int64, expected: String) {
        #expect(HTTPDate.text(unixSeconds: seconds) == expected)
    }
}
