import CCrypto
import Identity

/// A key that signs; one of RSA also decrypts.
///
/// Sendable: after `init` the EVP_PKEY is only read; each signature and decryption has a context of its own.
package final class PrivateKey: @unchecked Sendable {
    /// The algorithm this key signs with: RS256 for RSA, the curve's own for an elliptic key, EdDSA for Ed25519.
    package let algorithm: SignatureAlgorithm
    let handle: OpaquePointer

    /// Frees the handle itself when it throws.
    private init(owning handle: OpaquePointer) throws(CryptographyError) {
        do {
            algorithm = try Self.algorithm(of: handle)
        } catch {
            EVP_PKEY_free(handle)
            throw error
        }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    /// A new key on P-256.
    package static func generateP256() throws(CryptographyError) -> PrivateKey {
        var handle: OpaquePointer?
        guard let context = KeyContext(EVP_PKEY_CTX_new_from_name(nil, "EC", nil)),
            context.withHandle({ context in
                EVP_PKEY_keygen_init(context) == 1
                    && EVP_PKEY_CTX_set_group_name(context, Curve.p256.rawValue) == 1
                    && EVP_PKEY_generate(context, &handle) == 1
            }), let handle
        else { throw CryptographyError(.unusableKey, "OpenSSL cannot make a P-256 key") }
        return try PrivateKey(owning: handle)
    }

    /// Reads an unencrypted PEM file (PKCS#8, PKCS#1 or SEC1).
    package convenience init(pem: String) throws(CryptographyError) {
        // The memory BIO keeps the pointer that it is given, so both calls happen while the bytes are held.
        let handle = Array(pem.utf8).withUnsafeBytes { bytes -> OpaquePointer? in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(input) }
            // The callback answers 'no passphrase' at once; OpenSSL's own would ask on the terminal.
            return PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in 0 }, nil)
        }
        guard let handle else {
            throw CryptographyError(.unusableKey, "there is no unencrypted private key in PEM form")
        }
        try self.init(owning: handle)
    }

    /// The key as unencrypted PKCS#8 PEM, for sealing and storing.
    package var pem: Secret {
        guard let output = BIO_new(BIO_s_mem()) else { preconditionFailure("OpenSSL is out of memory") }
        defer { BIO_free(output) }
        precondition(PEM_write_bio_PKCS8PrivateKey(output, handle, nil, nil, 0, nil, nil) == 1, "cannot write a key")
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        precondition(count > 0, "cannot write a key")
        return Secret(String(decoding: bytes.prefix(Int(count)), as: UTF8.self))
    }

    /// The public point of an elliptic key: x and y in full length; nil for other kinds.
    package var publicPoint: (x: [UInt8], y: [UInt8])? {
        guard case .ecdsa(let curve) = algorithm.family else { return nil }
        var point = [UInt8](repeating: 0, count: 1 + 2 * curve.coordinateLength)
        var length = 0
        let result = EVP_PKEY_get_octet_string_param(
            handle, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, &point, point.count, &length)
        guard result == 1, length == point.count, point[0] == 0x04 else { return nil }
        return (Array(point[1...curve.coordinateLength]), Array(point[(1 + curve.coordinateLength)...]))
    }

    /// Signs as JWS wants it: an ECDSA signature is both halves in full length.
    package func sign(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw CryptographyError(.cannotSign, "out of memory") }
        defer { EVP_MD_CTX_free(context) }
        let digest = algorithm == .eddsa ? nil : algorithm.hashFunction.handle
        var length = 0
        guard EVP_DigestSignInit(context, nil, digest, nil, handle) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw CryptographyError(.cannotSign, "OpenSSL cannot sign with this key") }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
            throw CryptographyError(.cannotSign, "OpenSSL cannot sign with this key")
        }
        signature.removeLast(signature.count - length)
        guard case .ecdsa(let curve) = algorithm.family else { return signature }
        guard let halves = ECDSASignature.halves(fromDER: signature, curve: curve) else {
            throw CryptographyError(.cannotSign, "OpenSSL gave a malformed signature")
        }
        return halves
    }

    private static func algorithm(of handle: OpaquePointer) throws(CryptographyError) -> SignatureAlgorithm {
        switch EVP_PKEY_get_base_id(handle) {
        case EVP_PKEY_RSA:
            guard EVP_PKEY_get_bits(handle) >= 2048 else {
                throw CryptographyError(.unusableKey, "an RSA key needs 2048 bits or more")
            }
            return .rs256
        case EVP_PKEY_ED25519: return .eddsa
        case EVP_PKEY_EC:
            switch Curve(of: handle) {
            case .p256: return .es256
            case .p384: return .es384
            case .p521: return .es512
            case nil: throw CryptographyError(.unusableKey, "the curve is none of P-256, P-384 and P-521")
            }
        default: throw CryptographyError(.unusableKey, "the key is none of RSA, EC and Ed25519")
        }
    }
}
