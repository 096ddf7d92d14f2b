import HTTPTypes
import Identity
import Settings
import TestSupport
import Testing

@testable import Gateway

@Suite("Front door")
struct FrontDoorTests {
    let clock = TestClock()
    let metrics = Metrics()

    private func door(_ change: (inout RateLimits) -> Void = { _ in }) -> FrontDoor {
        var rates = RateLimits()
        change(&rates)
        return FrontDoor(rates: rates, metrics: metrics, clock: clock.wallClock)
    }

    /// Seconds to wait; nil when admitted.
    private func knock(
        _ door: FrontDoor, _ address: String? = "192.0.2.1", _ limit: FrontDoor.Limit = .loginsPerAddress
    ) -> Int? {
        do {
            try door.admit(limit, address: address)
            return nil
        } catch {
            #expect(error.status == 429 && error.code == "too_many_requests")
            let seconds = error.headers[.retryAfter].flatMap { Int($0) } ?? -1
            #expect(error.detail.contains("Wait \(seconds) s"))
            return seconds
        }
    }

    private func isAdmitted(_ door: FrontDoor, _ address: String) -> Bool {
        (try? door.admit(.loginsPerAddress, address: address)) != nil
    }

    private func knockForAccount(_ door: FrontDoor, _ account: String, _ address: String? = "192.0.2.1") -> Bool {
        (try? door.admit(account: account, address: address)) != nil
    }

    /// How many of many knocks are let in.
    private func count(_ knocks: Int, _ knock: () -> Bool) -> Int { (0..<knocks).count { _ in knock() } }

    @Test(
        "a minute's worth at once, and then one after the other",
        arguments: [
            (FrontDoor.Limit.loginsPerAddress, 120, 500), (.devicesPerAddress, 30, 2000),
        ] as [(FrontDoor.Limit, Int, Int64)])
    func burst(limit: FrontDoor.Limit, rate: Int, milliseconds: Int64) {
        let door = door()
        #expect(count(rate * 2) { knock(door, "192.0.2.1", limit) == nil } == rate)
        for _ in 0..<5 {
            clock.advance(.milliseconds(milliseconds))
            #expect(knock(door, "192.0.2.1", limit) == nil)
            #expect(knock(door, "192.0.2.1", limit) == Int(milliseconds + 999) / 1000)
        }
        clock.advance(.milliseconds(milliseconds - 1))
        #expect(knock(door, "192.0.2.1", limit) == 1)
    }

    @Test("however often somebody is refused, the bucket fills as fast", arguments: [6, 30, 60, 120])
    func haste(rate: Int) {
        let door = door { $0.loginsPerAddress = rate }
        #expect(count(rate) { knock(door) == nil } == rate)
        var admitted = 0
        for _ in 0..<10_000 {
            clock.advance(.milliseconds(1))
            admitted += isAdmitted(door, "192.0.2.1") ? 1 : 0
        }
        #expect(admitted == rate / 6)
    }

    @Test("a bucket never holds more than a minute's worth")
    func full() {
        let door = door()
        #expect(count(200) { knock(door) == nil } == 120)
        for pause in [Duration.seconds(60), .seconds(61), .seconds(86400 * 365)] {
            clock.advance(pause)
            #expect(count(200) { knock(door) == nil } == 120)
        }
        clock.advance(.seconds(30))
        #expect(count(200) { knock(door) == nil } == 60)
    }

    @Test("whoever is refused loses nothing by trying")
    func refusals() {
        let door = door { $0.loginsPerAddress = 6 }
        #expect(count(6) { knock(door) == nil } == 6)
        for second in 1..<10 {
            clock.advance(.seconds(1))
            #expect(knock(door) == 10 - second)
        }
        clock.advance(.seconds(1))
        #expect(knock(door) == nil && knock(door) == 10)
    }

    @Test(
        "the wait is a minute at most, and a second at least", arguments: [(1, 60), (2, 30), (60, 1), (1_000_000, 1)])
    func wait(rate: Int, seconds: Int) {
        let door = door { $0.loginsPerAddress = rate }
        #expect(count(rate) { knock(door) == nil } == rate)
        #expect(knock(door) == seconds)
        clock.advance(.seconds(Int64(seconds)))
        #expect(knock(door) == nil)
    }

    @Test("an IPv4 address is one client, an IPv6 /64 is one client, and IPv4 in IPv6 is IPv4")
    func addresses() {
        let door = door { $0.loginsPerAddress = 1 }
        for (address, isAdmitted) in [
            ("192.0.2.1", true), ("192.0.2.1", false), ("192.0.2.2", true), ("::ffff:192.0.2.3", true),
            ("192.0.2.3", false), ("::ffff:192.0.2.4", true), ("2001:db8:0:1::1", true), ("2001:db8:0:1::1", false),
            ("2001:db8:0:1:ffff::2", false), ("2001:DB8:0:1:0:0:0:3", false), ("2001:db8:0:2::1", true),
            ("2001:db8::1", true), ("fe80::1", true),
        ] {
            #expect((knock(door, address) == nil) == isAdmitted, "\(address)")
        }
    }

    @Test("loopback is let in always", arguments: ["127.0.0.1", "127.8.8.8", "::1"])
    func loopback(address: String) {
        let door = door { $0.loginsPerAddress = 1 }
        #expect(count(50) { knock(door, address) == nil } == 50)
        #expect(count(50) { knock(door, "192.0.2.1") == nil } == 1)
    }

    @Test("whoever has no address that can be read shares one limit with all others of that kind")
    func unreadable() {
        let door = door { $0.loginsPerAddress = 2 }
        #expect(knock(door, nil) == nil && knock(door, "unknown") == nil && knock(door, nil) == 30)
        #expect(knock(door, "192.0.2.1") == nil)
    }

    @Test("accounts compare without case, from all addresses together; loopback is let in always")
    func accounts() {
        let door = door { $0.loginsPerAccount = 2 }
        #expect(knockForAccount(door, "Ada@acme.example") && knockForAccount(door, "aDA@acme.example", "2001:db8::1"))
        #expect(!knockForAccount(door, "ada@ACME.example", "192.0.2.77"))
        #expect(!knockForAccount(door, "ada@acme.example", nil))
        #expect(knockForAccount(door, "colin@acme.example") && !knockForAccount(door, " ada@acme.example "))
        #expect(count(9) { knockForAccount(door, "ada@acme.example", "127.0.0.1") } == 9)
        #expect(knock(door, "192.0.2.1") == nil)
    }

    @Test("limits do not share their buckets")
    func apart() {
        let door = door {
            $0.loginsPerAddress = 1
            $0.devicesPerAddress = 1
        }
        #expect(
            knock(door, "192.0.2.1", .loginsPerAddress) == nil && knock(door, "192.0.2.1", .loginsPerAddress) != nil)
        #expect(
            knock(door, "192.0.2.1", .devicesPerAddress) == nil && knock(door, "192.0.2.1", .devicesPerAddress) != nil)
        // What an address is called in bytes, as an account.
        #expect(knockForAccount(door, "\u{c0}\u{0}\u{2}\u{1}"))
    }

    @Test("a session may be asked for six times a minute, from wherever")
    func revalidations() {
        let door = door()
        #expect(count(20) { door.admitsRevalidation(of: "ses_1") } == 6)
        #expect(door.admitsRevalidation(of: "ses_2"))
        clock.advance(.seconds(9))
        #expect(!door.admitsRevalidation(of: "ses_1"))
        clock.advance(.seconds(1))
        #expect(door.admitsRevalidation(of: "ses_1") && !door.admitsRevalidation(of: "ses_1"))
    }

    @Test("a clock that is set back fills nothing, and locks nobody out for long")
    func clockSetBack() {
        let door = door { $0.loginsPerAddress = 2 }
        #expect(count(9) { knock(door) == nil } == 2)
        clock.advance(.seconds(-3600))
        #expect(knock(door) == 30)
        clock.advance(.seconds(30))
        // The first refusal notes the earlier time, so that a bucket fills again from there.
        #expect(knock(door) == nil && knock(door) == 30)
    }

    @Test("other rates count at once")
    func replacedRates() {
        let door = door { $0.loginsPerAddress = 100 }
        #expect(count(10) { knock(door) == nil } == 10)
        var rates = RateLimits()
        rates.loginsPerAddress = 5
        door.replace(rates)
        #expect(count(50) { knock(door) == nil } == 5)
        rates.loginsPerAddress = 100
        door.replace(rates)
        #expect(knock(door) == 1)
        clock.advance(.milliseconds(600))
        #expect(knock(door) == nil)
    }

    @Test("of many at once as many are let in as may")
    func crowd() async {
        let door = door()
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { count(100) { knock(door) == nil } } }
            return await group.reduce(0, +)
        }
        #expect(admitted == 120)
    }

    @Test("memory has a bound, and while it holds nobody who is limited is forgotten")
    func manyAddresses() {
        let door = door { $0.loginsPerAddress = 1 }
        #expect(knock(door, "192.0.2.1") == nil)
        func attack(_ network: Int, _ count: Int) {
            for number in 0..<count {
                _ = isAdmitted(door, "\(network).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)")
            }
        }
        attack(10, 49_000)
        #expect(knock(door, "192.0.2.1") != nil)
        // A minute later they could all knock again freely: they make room, and the busy stay.
        clock.advance(.seconds(59))
        attack(11, 500)
        #expect(knock(door, "198.51.100.1") == nil)
        clock.advance(.seconds(1))
        attack(12, 2_000)
        #expect(knock(door, "198.51.100.1") != nil)
        // All busy: some are let in rather than that memory grows.
        attack(13, 51_000)
        #expect(knock(door, "203.0.113.1") == nil && knock(door, "203.0.113.1") != nil)
    }

    @Test("refusals are counted by their limit")
    func counted() {
        let door = door {
            $0.loginsPerAddress = 1
            $0.devicesPerAddress = 1
            $0.loginsPerAccount = 1
        }
        for _ in 0..<3 {
            _ = knock(door)
            _ = knock(door, "192.0.2.1", .devicesPerAddress)
            _ = knockForAccount(door, "ada")
        }
        let lines = metrics.prometheusText(cachedSessions: 0).split(separator: "\n").map(String.init)
        for limit in ["logins_per_address", "device_per_address", "logins_per_account"] {
            #expect(lines.contains("gatehouse_limited_total{limit=\"\(limit)\"} 2"))
        }
    }
}
