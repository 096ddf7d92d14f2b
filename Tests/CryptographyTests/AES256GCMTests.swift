import Testing

@testable import Cryptography

@Suite("AES-256-GCM")
struct AES256GCMTests {
    @Test("follows the vectors of the algorithm's authors")
    func vectors() {
        // McGrew and Viega, test cases 13 and 14: a key of zeros, an initialisation vector of zeros.
        let key = [UInt8](repeating: 0, count: 32)
        let nonce = [UInt8](repeating: 0, count: 12)
        let empty = AES256GCM.seal([], key: key, nonce: nonce, additionalData: [])
        #expect(hex(empty.dropFirst(12)) == "530f8afbc74536b9a963b4f1c4cb738b")
        let block = AES256GCM.seal([UInt8](repeating: 0, count: 16), key: key, nonce: nonce, additionalData: [])
        #expect(
            hex(block.dropFirst(12)) == "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919")
        #expect(AES256GCM.open(empty, key: key, additionalData: []) == [])
        #expect(AES256GCM.open(block, key: key, additionalData: []) == [UInt8](repeating: 0, count: 16))
    }

    @Test("opens with the same key and data only")
    func open() {
        let key = [UInt8](repeating: 3, count: 32)
        let sealed = AES256GCM.seal([1, 2, 3], key: key, nonce: Array(0..<12), additionalData: [9])
        #expect(AES256GCM.open(sealed, key: key, additionalData: [9]) == [1, 2, 3])
        #expect(AES256GCM.open(sealed, key: key, additionalData: []) == nil)
        #expect(AES256GCM.open(sealed, key: key, additionalData: [9, 9]) == nil)
        #expect(AES256GCM.open(sealed, key: [UInt8](repeating: 4, count: 32), additionalData: [9]) == nil)
        #expect(AES256GCM.open(sealed, key: Array(key.dropLast()), additionalData: [9]) == nil)
        #expect(AES256GCM.open([], key: key, additionalData: [9]) == nil)
        #expect(AES256GCM.open(Array(sealed.prefix(27)), key: key, additionalData: [9]) == nil)
    }

    private func hex(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
