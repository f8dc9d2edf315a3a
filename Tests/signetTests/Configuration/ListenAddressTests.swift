import Testing

@testable import signet

@Suite("Addresses to listen on")
struct ListenAddressTests {
    @Test(
        "Names, short forms and broken numbers are refused",
        arguments: [
            "", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
            "127.0.0.1: 80", "127.1:80", "127.0.0.01:80", "127.0.0.256:80", "0x7f.0.0.1:80", "example.org:80",
            "::1:80", "[::1]", "[::1:80", "[127.0.0.1]:80", "http://127.0.0.1:80", "127.0.0.1:80/", "*:80",
            "127.0.0.1:000080",
        ])
    func refused(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("Numeric addresses are read and written alike", arguments: ["127.0.0.1:0", "0.0.0.0:8080", "[::1]:65535"])
    func roundTrip(text: String) {
        #expect(ListenAddress(text)?.text == text)
    }

    @Test("localhost is 127.0.0.1")
    func localhost() {
        #expect(ListenAddress("localhost:80")?.text == "127.0.0.1:80")
    }

    @Test(
        "Only this machine's own addresses are loopback",
        arguments: [
            ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("0.0.0.0:1", false), ("[::]:1", false),
            ("10.0.0.1:1", false), ("[::ffff:10.0.0.1]:1", false),
        ])
    func loopback(text: String, expected: Bool) {
        #expect(ListenAddress(text)?.isLoopback == expected)
    }
}
