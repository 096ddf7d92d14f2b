import Testing

@testable import Cryptography

@Suite("Random bytes")
struct RandomSourceTests {
    @Test("a token is 256 bits in base64url")
    func token() {
        let tokens = (0..<1000).map { _ in RandomSource.system.token() }
        #expect(Set(tokens).count == 1000)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 && Base64URL.decode($0)?.count == 32 })
    }

    @Test("gives as many bytes as were asked for", arguments: [0, 1, 12, 32, 1000])
    func count(count: Int) {
        #expect(RandomSource.system.bytes(count).count == count)
    }

    @Test("a readable name has letters that nobody mixes up")
    func readable() {
        let names = (0..<500).map { _ in RandomSource.system.readable(8) }
        #expect(names.allSatisfy { $0.utf8.count == 8 })
        let letters = Set(names.joined())
        #expect(letters == Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
        #expect(Set(names).count == 500)
    }

    @Test("a source that a test sets is used as it is")
    func scripted() {
        let source = RandomSource { count in [UInt8](repeating: 0, count: count) }
        #expect(source.token() == String(repeating: "A", count: 43))
        #expect(source.readable(4) == "0000")
    }
}
