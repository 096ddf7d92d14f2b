import CCrypto

/// The two spellings of an ECDSA signature: JWS has both numbers side by side in full length (RFC 7518 §3.4), OpenSSL
/// wants DER.
enum ECDSASignature {
    static func der(fromHalves halves: [UInt8], curve: Curve) -> [UInt8]? {
        let length = curve.coordinateLength
        guard halves.count == 2 * length, let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let r = BN_bin2bn(Array(halves.prefix(length)), Int32(length), nil)
        let s = BN_bin2bn(Array(halves.suffix(length)), Int32(length), nil)
        guard r != nil, s != nil, ECDSA_SIG_set0(signature, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return nil
        }
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = i2d_ECDSA_SIG(signature, &buffer)
        guard count > 0, let buffer else { return nil }
        defer { CRYPTO_free(buffer, nil, 0) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
    }

    static func halves(fromDER der: [UInt8], curve: Curve) -> [UInt8]? {
        let length = Int32(curve.coordinateLength)
        return der.withUnsafeBufferPointer { bytes -> [UInt8]? in
            var start = bytes.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &start, bytes.count) else { return nil }
            defer { ECDSA_SIG_free(signature) }
            var r = [UInt8](repeating: 0, count: Int(length))
            var s = r
            guard BN_bn2binpad(ECDSA_SIG_get0_r(signature), &r, length) == length,
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), &s, length) == length
            else { return nil }
            return r + s
        }
    }
}
