import CCrypto
import FoundationEssentials

/// Reading a client's public key, for private_key_jwt (OIDC Core §9).
extension KeyPair {
    /// From a PEM file's text: `BEGIN PUBLIC KEY`.
    static func publicKey(pem: String) throws(CryptographyError) -> KeyPair {
        // The memory BIO keeps the pointer that it is given, so both calls happen while the bytes are held.
        let key = Array(pem.utf8).withUnsafeBytes { bytes -> OpaquePointer? in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(memory) }
            return PEM_read_bio_PUBKEY(memory, nil, nil, nil)
        }
        guard let key else { throw .last("PEM_read_bio_PUBKEY") }
        return KeyPair(owning: key)
    }

    /// From a JSON Web Key (RFC 7517 §4, RFC 7518 §6): RSA, or EC on P-256.
    static func publicKey(jwk: JSONValue) throws(CryptographyError) -> KeyPair {
        func bytes(_ member: String) throws(CryptographyError) -> [UInt8] {
            guard let bytes = jwk[member]?.string.flatMap(Base64URL.decode) else {
                throw CryptographyError(description: "the JWK has no usable \"\(member)\"")
            }
            return bytes
        }
        switch jwk["kty"]?.string {
        case "RSA":
            // OSSL_PARAM wants numbers in the machine's order, which is little-endian wherever Swift runs.
            var modulus = Array(try bytes("n").reversed())
            var exponent = Array(try bytes("e").reversed())
            return try modulus.withUnsafeMutableBufferPointer { (modulus) throws(CryptographyError) in
                try exponent.withUnsafeMutableBufferPointer { (exponent) throws(CryptographyError) in
                    try publicKey(
                        type: "RSA",
                        [
                            OSSL_PARAM_construct_BN(parameterName("n"), modulus.baseAddress, modulus.count),
                            OSSL_PARAM_construct_BN(parameterName("e"), exponent.baseAddress, exponent.count),
                        ])
                }
            }
        case "EC" where jwk["crv"]?.string == "P-256":
            // SEC 1 §2.3.3: an uncompressed point is 4, x, y.
            var point = [4] + (try bytes("x")) + (try bytes("y"))
            var group = Array("P-256".utf8CString)
            return try point.withUnsafeMutableBufferPointer { (point) throws(CryptographyError) in
                try group.withUnsafeMutableBufferPointer { (group) throws(CryptographyError) in
                    try publicKey(
                        type: "EC",
                        [
                            OSSL_PARAM_construct_utf8_string(parameterName("group"), group.baseAddress, 0),
                            OSSL_PARAM_construct_octet_string(parameterName("pub"), point.baseAddress, point.count),
                        ])
                }
            }
        default:
            throw CryptographyError(description: "the JWK is neither RSA nor EC on P-256")
        }
    }

    /// A static string's own storage outlives the parameter list that points to it.
    private static func parameterName(_ name: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    private static func publicKey(type: String, _ parameters: [OSSL_PARAM]) throws(CryptographyError) -> KeyPair {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .last("EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        try CryptographyError.check(EVP_PKEY_fromdata_init(context), "EVP_PKEY_fromdata_init")
        var parameters = parameters + [OSSL_PARAM_construct_end()]
        var key: OpaquePointer?
        try CryptographyError.check(
            EVP_PKEY_fromdata(context, &key, gatehouse_EVP_PKEY_PUBLIC_KEY(), &parameters), "EVP_PKEY_fromdata")
        guard let key else { throw .last("EVP_PKEY_fromdata") }
        return KeyPair(owning: key)
    }
}
