import Testing

@testable import Cryptography

@Suite("Keyring")
struct KeyringTests {
    static let first = [UInt8](repeating: 1, count: 32)
    static let second = [UInt8](repeating: 2, count: 32)
    static let random = RandomSource.system

    @Test(
        "opens what it sealed for the same place",
        arguments: ["", "secret", "\u{0}\u{e9}\u{1F600}", String(repeating: "x", count: 5000)])
    func roundTrip(text: String) throws {
        let keyring = try Keyring(masterKeys: [Self.first])
        let sealed = keyring.seal(text, for: "a/1/b", random: Self.random)
        #expect(try keyring.open(sealed, for: "a/1/b") == text)
        #expect(!keyring.isOutdated(sealed))
        if !text.isEmpty { #expect(!sealed.contains(text)) }
    }

    @Test("seals the same text differently each time")
    func nonces() throws {
        let keyring = try Keyring(masterKeys: [Self.first])
        let sealed = (0..<100).map { _ in keyring.seal("secret", for: "a", random: Self.random) }
        #expect(Set(sealed).count == 100)
    }

    @Test("a value opens at its own place only", arguments: ["a/1/c", "a/2/b", "", "a/1/b/", "A/1/b"])
    func place(other: String) throws {
        let keyring = try Keyring(masterKeys: [Self.first])
        let sealed = keyring.seal("secret", for: "a/1/b", random: Self.random)
        let error = #expect(throws: CryptographyError.self) { try keyring.open(sealed, for: other) }
        #expect(error?.reason == .cannotDecrypt)
    }

    @Test("no byte can be changed")
    func tampering() throws {
        let keyring = try Keyring(masterKeys: [Self.first])
        let sealed = keyring.seal("secret", for: "a", random: Self.random)
        let prefix = sealed.prefix(sealed.utf8.count - Base64URL.encode([UInt8](repeating: 0, count: 34)).utf8.count)
        let bytes = try #require(Base64URL.decode(sealed.dropFirst(prefix.count)))
        #expect(bytes.count == 12 + 6 + 16)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: CryptographyError.self) {
                try keyring.open(prefix + Base64URL.encode(changed), for: "a")
            }
        }
        for length in 0..<bytes.count {
            #expect(throws: CryptographyError.self) {
                try keyring.open(prefix + Base64URL.encode(bytes.prefix(length)), for: "a")
            }
        }
        #expect(throws: CryptographyError.self) { try keyring.open(prefix + Base64URL.encode(bytes + [0]), for: "a") }
        #expect(try keyring.open(prefix + Base64URL.encode(bytes), for: "a") == "secret")
    }

    @Test(
        "refuses what is no sealed value",
        arguments: ["", ".", "..", "1..", "1.x.AAAA", "2.AAAAAAAA.AAAA", "secret", "1.a.b.c"])
    func malformed(sealed: String) throws {
        let keyring = try Keyring(masterKeys: [Self.first])
        let error = #expect(throws: CryptographyError.self) { try keyring.open(sealed, for: "a") }
        #expect(error?.reason == .cannotDecrypt)
    }

    @Test("rotates: the first key seals, all of them open")
    func rotation() throws {
        let old = try Keyring(masterKeys: [Self.first])
        let both = try Keyring(masterKeys: [Self.second, Self.first])
        let new = try Keyring(masterKeys: [Self.second])
        let sealed = old.seal("secret", for: "a", random: Self.random)
        #expect(try both.open(sealed, for: "a") == "secret")
        #expect(both.isOutdated(sealed))
        #expect(throws: CryptographyError.self) { try new.open(sealed, for: "a") }
        let again = both.seal("secret", for: "a", random: Self.random)
        #expect(!both.isOutdated(again))
        #expect(try new.open(again, for: "a") == "secret")
        #expect(throws: CryptographyError.self) { try old.open(again, for: "a") }
    }

    @Test("a key that is not configured is named by its id, never by its bytes")
    func unknownKey() throws {
        let sealed = try Keyring(masterKeys: [Self.first]).seal("secret", for: "a", random: Self.random)
        let other = try Keyring(masterKeys: [Self.second])
        let error = #expect(throws: CryptographyError.self) { try other.open(sealed, for: "a") }
        let id = String(sealed.split(separator: ".")[1])
        #expect(error?.detail.contains(id) == true)
        #expect(error?.detail.contains("secret") == false)
    }

    @Test("takes 32-byte keys, at least one", arguments: [[], [31], [33], [0], [32, 16]])
    func keyLengths(lengths: [Int]) {
        let keys = lengths.map { [UInt8](repeating: 7, count: $0) }
        let error = #expect(throws: CryptographyError.self) { try Keyring(masterKeys: keys) }
        #expect(error?.reason == .unusableKey)
    }

    @Test("authenticates messages under any key of the ring")
    func authentication() throws {
        let old = try Keyring(masterKeys: [Self.first])
        let both = try Keyring(masterKeys: [Self.second, Self.first])
        let message = Array("message".utf8)
        let code = old.authenticationCode(for: message)
        #expect(old.isAuthentic(message, code: code))
        #expect(both.isAuthentic(message, code: code))
        #expect(!old.isAuthentic(message, code: both.authenticationCode(for: message)))
        #expect(!old.isAuthentic(message + [0], code: code))
        #expect(!old.isAuthentic(message, code: code + [0]))
        #expect(!old.isAuthentic(message, code: Array(code.dropLast())))
        #expect(!old.isAuthentic(message, code: []))
        var changed = code
        changed[31] ^= 0x80
        #expect(!old.isAuthentic(message, code: changed))
    }
}
