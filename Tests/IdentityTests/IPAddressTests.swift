import Testing

@testable import Identity

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "reads and writes in the usual form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("2001:DB8::1", "2001:db8::1"), ("::", "::"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"),
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
        ])
    func reading(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(
        "refuses what is no address",
        arguments: [
            "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.4", "0x7f.0.0.1", "2130706433", "1.2.3.4 ", "[::1]",
            "::1%eth0", ":::", "::1:", "12345::", "localhost", "1.2.3.4:80",
        ])
    func malformed(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("takes 4 or 16 bytes", arguments: [0, 3, 5, 15, 17])
    func byteCounts(count: Int) {
        #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test(
        "knows addresses that are not for the public Internet",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1",
            "198.19.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fc00::1", "fd12::1",
            "ff02::1", "2001:db8::1",
            "2002:7f00:1::", "2001::1", "64:ff9b::7f00:1", "100::1",
        ])
    func special(text: String) throws {
        #expect(!(try #require(IPAddress(text)).isPublic))
    }

    @Test(
        "knows public addresses",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1",
            "192.0.1.1", "192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00::1",
        ])
    func publicAddresses(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(
        "knows loopback",
        arguments: [
            ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false), ("::", false), ("10.0.0.1", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }

    @Test(
        "a block contains its addresses",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2"), ("10.0.0.0/9", "10.127.0.1"), ("0.0.0.0/0", "1.2.3.4"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.0/31", "192.0.2.1"), ("192.0.2.1/32", "192.0.2.1"), ("2001:db8::/32", "2001:db8:1::1"),
            ("::1", "::1"),
            ("::1/128", "::1"), ("::/0", "2001:db8::1"), ("127.0.0.1", "::ffff:127.0.0.1"), ("10.9.9.9/8", "10.1.2.3"),
        ])
    func contains(block: String, address: String) throws {
        #expect(try #require(AddressBlock(block)).contains(try #require(IPAddress(address))))
    }

    @Test(
        "a block does not contain others",
        arguments: [
            ("10.0.0.0/8", "11.0.0.1"), ("10.0.0.0/9", "10.128.0.1"), ("192.0.2.1", "192.0.2.2"),
            ("192.0.2.0/31", "192.0.2.2"),
            ("0.0.0.0/0", "::1"), ("::/0", "1.2.3.4"), ("2001:db8::/33", "2001:db8:8000::1"),
        ])
    func excludes(block: String, address: String) throws {
        #expect(!(try #require(AddressBlock(block)).contains(try #require(IPAddress(address)))))
    }

    @Test(
        "refuses what is no block",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
            "10.0.0/8", "host/8", "10.0.0.0/99999999999999999999",
        ])
    func malformedBlocks(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
