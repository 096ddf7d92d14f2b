import CCrypto

/// ECDSA signatures are ASN.1 in OpenSSL and two numbers of fixed width in a JWS (RFC 7518 §3.4).
enum ECDSASignature {
    private static let width = 32

    static func fixedWidth(fromDER der: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let parsed = der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &cursor, buffer.count)
        }
        guard let parsed else { throw .last("d2i_ECDSA_SIG") }
        defer { ECDSA_SIG_free(parsed) }
        var r = [UInt8](repeating: 0, count: width)
        var s = [UInt8](repeating: 0, count: width)
        guard BN_bn2binpad(ECDSA_SIG_get0_r(parsed), &r, Int32(width)) == Int32(width),
            BN_bn2binpad(ECDSA_SIG_get0_s(parsed), &s, Int32(width)) == Int32(width)
        else { throw .last("BN_bn2binpad") }
        return r + s
    }

    static func der(fromFixedWidth signature: [UInt8]) -> [UInt8]? {
        guard signature.count == 2 * width, let parsed = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(parsed) }
        let r = BN_bin2bn(Array(signature[..<width]), Int32(width), nil)
        let s = BN_bin2bn(Array(signature[width...]), Int32(width), nil)
        guard r != nil, s != nil, ECDSA_SIG_set0(parsed, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return nil
        }
        var der: UnsafeMutablePointer<UInt8>?
        let length = i2d_ECDSA_SIG(parsed, &der)
        guard length > 0, let der else { return nil }
        // OPENSSL_free is a macro over this call.
        defer { CRYPTO_free(der, #file, #line) }
        return Array(UnsafeBufferPointer(start: der, count: Int(length)))
    }
}
