import Testing

@testable import Egress

@Suite("Public addresses")
struct PublicAddressesTests {
    @Test(
        "An address that is somebody's inside is not public",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
            "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
            "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255",
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
            "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "100::1",
            "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "4000::1",
            "5f00::1",
            "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
        ])
    func inside(text: String) throws {
        #expect(!PublicAddresses.contains(try #require(IPAddress(text))))
    }

    @Test(
        "An address of the Internet is public",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1",
            "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
            "192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
            "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111",
            "2a00::1", "3ffe::1",
        ])
    func outside(text: String) throws {
        #expect(PublicAddresses.contains(try #require(IPAddress(text))))
    }

    @Test(
        "What is no address is none",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "fe80::1%eth0", ":::", "::1 ",
        ])
    func notAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("An address is written as it is read", arguments: ["127.0.0.1", "255.0.1.2", "::1", "2001:db8::a:1"])
    func description(text: String) throws {
        #expect("\(try #require(IPAddress(text)))" == text)
    }

    @Test(
        "A block has the addresses that begin as it does",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "255.1.1.1", true),
            ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3/32", "10.1.2.2", false), ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
            ("2001:db8::/65", "2001:db8:0:0:8000::", false), ("::/0", "ffff::", true), ("::1", "::1", true),
            ("::/0", "127.0.0.1", false), ("0.0.0.0/0", "::1", false), ("::1/128", "::2", false),
        ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(IPRange(range)).contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "What is no block is none",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.1/8", "::1/64", "::/129", "x/8",
            "10.0.0.0/8/8",
        ])
    func notRanges(text: String) {
        #expect(IPRange(text) == nil)
    }
}
