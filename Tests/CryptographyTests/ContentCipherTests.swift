import CCrypto
import Testing

@testable import Cryptography

@Suite("Content ciphers")
struct ContentCipherTests {
    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// AES-CBC without any padding of its own; gives IV and ciphertext.
    static func sealCBC(_ padded: [UInt8], key: [UInt8]) -> [UInt8] {
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        let iv = [UInt8](repeating: 7, count: 16)
        var output = [UInt8](repeating: 0, count: padded.count + 16)
        var length: Int32 = 0
        let cipher = key.count == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc()
        precondition(
            EVP_EncryptInit_ex(context, cipher, nil, key, iv) == 1 && EVP_CIPHER_CTX_set_padding(context, 0) == 1
                && EVP_EncryptUpdate(context, &output, &length, padded, Int32(padded.count)) == 1)
        return iv + output.prefix(Int(length))
    }

    /// NIST SP 800-38A §F.2.1 and §F.2.5: the first block of CBC-AES128 and CBC-AES256.
    @Test(
        "CBC decrypts the vectors of NIST",
        arguments: [
            (ContentCipher.aes128CBC, "2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
            (
                .aes256CBC, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
            ),
        ])
    func cbcVectors(cipher: ContentCipher, key: String, block: String) {
        let (key, block) = (Self.bytes(key), Self.bytes(block))
        let iv = Self.bytes("000102030405060708090a0b0c0d0e0f")
        // A second block for the padding. It was chained to an IV of sevens and here follows the vector's block, so its
        // last byte comes out as this one ^ 7 ^ the block's: 1.
        let last = 1 ^ 7 ^ block[15]
        let second = Self.sealCBC([UInt8](repeating: 0x20, count: 15) + [last], key: key).dropFirst(16)
        let opened = cipher.decrypt(iv + block + second, key: key)
        #expect(opened?.count == 31)
        #expect(opened?.prefix(16) == Self.bytes("6bc1bee22e409f96e93d7e117393172a")[...])
    }

    @Test("CBC: only the last byte of the padding counts", arguments: [ContentCipher.aes128CBC, .aes256CBC])
    func cbcPadding(cipher: ContentCipher) {
        let key = [UInt8](repeating: 9, count: cipher.keyLength)
        let block = Array(UInt8(100)..<116)
        for count in 1...16 {
            var padded = block + block
            padded[31] = UInt8(count)
            #expect(cipher.decrypt(Self.sealCBC(padded, key: key), key: key) == Array(padded.prefix(32 - count)))
        }
        for count: UInt8 in [0, 17, 32, 255] {
            let padded = block + block.dropLast() + [count]
            #expect(cipher.decrypt(Self.sealCBC(padded, key: key), key: key) == nil)
        }
        // One block that is all padding is nothing, but well formed.
        #expect(cipher.decrypt(Self.sealCBC(block.dropLast() + [16], key: key), key: key) == [])
    }

    @Test("CBC refuses odd lengths and keys", arguments: [ContentCipher.aes128CBC, .aes256CBC])
    func cbcLengths(cipher: ContentCipher) {
        let key = [UInt8](repeating: 9, count: cipher.keyLength)
        let sealed = Self.sealCBC([UInt8](repeating: 1, count: 32), key: key)
        #expect(cipher.decrypt(sealed, key: key)?.count == 31)
        for count in [0, 1, 15, 16, 17, 31, 33, 47] {
            #expect(cipher.decrypt(Array(sealed.prefix(count)), key: key) == nil)
        }
        #expect(cipher.decrypt(sealed + [0], key: key) == nil)
        for count in [0, 15, 17, 24, 31, 33, cipher == .aes128CBC ? 32 : 16] {
            #expect(cipher.decrypt(sealed, key: [UInt8](repeating: 9, count: count)) == nil)
        }
    }

    /// The Galois/Counter Mode of Operation (McGrew and Viega), appendix B, test cases 2 and 14, and 3 and 15.
    static let gcmVectors: [(ContentCipher, String, String, String, String, String)] = [
        (
            .aes128GCM, "00000000000000000000000000000000", "000000000000000000000000",
            "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf", "00000000000000000000000000000000"
        ),
        (
            .aes256GCM, "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
            "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919", "00000000000000000000000000000000"
        ),
        (
            .aes128GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
            "4d5c2af327cd64a62cf35abd2ba6fab4",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        ),
        (
            .aes256GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            "b094dac5d93471bdec1a502270e3cc6c",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        ),
    ]

    @Test("GCM decrypts the published vectors and refuses every change", arguments: gcmVectors)
    func gcm(cipher: ContentCipher, key: String, iv: String, ciphertext: String, tag: String, plaintext: String) {
        let key = Self.bytes(key)
        let sealed = Self.bytes(iv) + Self.bytes(ciphertext) + Self.bytes(tag)
        #expect(cipher.decrypt(sealed, key: key) == Self.bytes(plaintext))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(cipher.decrypt(changed, key: key) == nil)
        }
        // A shorter tag is no tag: four bytes are guessed in no time.
        for count in 1...sealed.count { #expect(cipher.decrypt(Array(sealed.dropLast(count)), key: key) == nil) }
        #expect(cipher.decrypt(sealed + [0], key: key) == nil)
        #expect(cipher.decrypt(sealed, key: Array(key.dropLast())) == nil)
        #expect(cipher.decrypt(sealed, key: key + [0]) == nil)
    }

    /// Test case 1 and 13: nothing but a tag.
    @Test("GCM of nothing")
    func gcmOfNothing() {
        let iv = [UInt8](repeating: 0, count: 12)
        #expect(
            ContentCipher.aes128GCM.decrypt(
                iv + Self.bytes("58e2fccefa7e3061367f1d57a4e7455a"), key: [UInt8](repeating: 0, count: 16)) == [])
        #expect(
            ContentCipher.aes256GCM.decrypt(
                iv + Self.bytes("530f8afbc74536b9a963b4f1c4cb738b"), key: [UInt8](repeating: 0, count: 32)) == [])
    }
}
