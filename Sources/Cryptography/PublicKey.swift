import CCrypto

/// A key that verifies signatures.
///
/// Sendable: after `init` the EVP_PKEY is only read, and OpenSSL allows concurrent reads of one key (each verification
/// has a context of its own); its reference count is atomic.
package final class PublicKey: @unchecked Sendable {
    package enum Kind: Sendable, Equatable {
        case rsa(bits: Int)
        case elliptic(Curve)
        case ed25519
    }

    package let kind: Kind
    let handle: OpaquePointer

    private init(kind: Kind, owning handle: OpaquePointer) {
        self.kind = kind
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    /// An RSA key of 2048 to 8192 bits with an odd public exponent of at least 3 and at most 32 bits.
    ///
    /// The upper bound keeps a hostile key set from costing seconds a verification.
    package static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) -> PublicKey {
        guard modulus.count <= 1025, let n = BigNumber(modulus) else {
            throw CryptographyError(.unusableKey, "the RSA modulus is malformed")
        }
        guard (2048...8192).contains(n.bits) else {
            throw CryptographyError(.unusableKey, "an RSA key has \(n.bits) bits; 2048 to 8192 are accepted")
        }
        guard exponent.count <= 5, let e = BigNumber(exponent), e.bits >= 2, e.bits <= 32, e.isOdd else {
            throw CryptographyError(.unusableKey, "the RSA public exponent is not an odd number from 3 to 32 bits")
        }
        guard let handle = n.withHandle({ n in e.withHandle { e in gatehouse_rsa_public_key(n, e) } }) else {
            throw CryptographyError(.unusableKey, "the RSA key is malformed")
        }
        return PublicKey(kind: .rsa(bits: n.bits), owning: handle)
    }

    /// A point on a NIST curve, each coordinate in its full length.
    package static func elliptic(_ curve: Curve, x: [UInt8], y: [UInt8]) throws(CryptographyError) -> PublicKey {
        guard x.count == curve.coordinateLength, y.count == curve.coordinateLength else {
            throw CryptographyError(
                .unusableKey, "a coordinate on \(curve.rawValue) has \(curve.coordinateLength) bytes")
        }
        let point = [0x04] + x + y
        guard let handle = gatehouse_ec_public_key(curve.rawValue, point, point.count) else {
            throw CryptographyError(.unusableKey, "the point is not on \(curve.rawValue)")
        }
        let key = PublicKey(kind: .elliptic(curve), owning: handle)
        // A point off the curve leaks nothing here, but a key set that holds one is not to be trusted.
        guard let context = KeyContext(EVP_PKEY_CTX_new_from_pkey(nil, handle, nil)),
            context.withHandle({ EVP_PKEY_public_check($0) }) == 1
        else { throw CryptographyError(.unusableKey, "the point is not on \(curve.rawValue)") }
        return key
    }

    /// An Ed25519 key of 32 bytes (RFC 8037 §2).
    package static func ed25519(_ bytes: [UInt8]) throws(CryptographyError) -> PublicKey {
        guard bytes.count == 32, let handle = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { throw CryptographyError(.unusableKey, "an Ed25519 key has 32 bytes") }
        return PublicKey(kind: .ed25519, owning: handle)
    }

    /// The key of a certificate, which may be a shorter RSA key than `rsa(modulus:exponent:)` takes: whoever pinned the
    /// certificate is told so, and no signature by it is accepted.
    ///
    /// - Parameter handle: owned by the key, and freed here when this throws.
    static func ofCertificate(owning handle: OpaquePointer) throws(CryptographyError) -> PublicKey {
        defer { ERR_clear_error() }
        do {
            return PublicKey(kind: try certificateKind(of: handle), owning: handle)
        } catch {
            EVP_PKEY_free(handle)
            throw error
        }
    }

    private static func certificateKind(of handle: OpaquePointer) throws(CryptographyError) -> Kind {
        switch EVP_PKEY_get_base_id(handle) {
        case EVP_PKEY_RSA:
            let bits = Int(EVP_PKEY_get_bits(handle))
            guard (512...8192).contains(bits) else {
                throw CryptographyError(.unusableKey, "the RSA key has \(bits) bits; 2048 to 8192 are accepted")
            }
            var exponent: OpaquePointer?
            guard EVP_PKEY_get_bn_param(handle, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1,
                let e = BigNumber(owning: exponent), e.bits >= 2, e.bits <= 32, e.isOdd
            else {
                throw CryptographyError(.unusableKey, "the RSA public exponent is not an odd number from 3 to 32 bits")
            }
            return .rsa(bits: bits)
        case EVP_PKEY_EC:
            guard let curve = Curve(of: handle) else {
                throw CryptographyError(.unusableKey, "the curve is none of P-256, P-384 and P-521")
            }
            guard let context = KeyContext(EVP_PKEY_CTX_new_from_pkey(nil, handle, nil)),
                context.withHandle({ EVP_PKEY_public_check($0) }) == 1
            else { throw CryptographyError(.unusableKey, "the point is not on \(curve.rawValue)") }
            return .elliptic(curve)
        case EVP_PKEY_ED25519: return .ed25519
        default: throw CryptographyError(.unusableKey, "the key is none of RSA, EC and Ed25519")
        }
    }

    /// Whether the algorithm is one for this kind of key (for an elliptic key: for its very curve).
    package func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch (algorithm.family, kind) {
        case (.rsa, .rsa), (.ed25519, .ed25519): true
        case (.ecdsa(let wanted), .elliptic(let curve)): wanted == curve
        default: false
        }
    }

    /// Whether the signature over the message is this key's. False for every other outcome, errors included.
    ///
    /// - Parameter signature: as in JWS: for ECDSA both halves in full length (RFC 7518 §3.4).
    package func verifies(_ signature: [UInt8], over message: [UInt8], algorithm: SignatureAlgorithm) -> Bool {
        guard fits(algorithm) else { return false }
        return verifies(
            signature, over: message, digest: algorithm == .eddsa ? nil : algorithm.hashFunction.handle,
            isPSS: algorithm.family == .rsa(.pss))
    }

    /// The one place where a signature is judged. The caller has seen to it that the digest is for this kind of key.
    ///
    /// - Parameter signature: for an elliptic key both halves, each as long as a coordinate of the key's curve.
    func verifies(_ signature: [UInt8], over message: [UInt8], digest: OpaquePointer?, isPSS: Bool) -> Bool {
        var signature = signature
        if case .elliptic(let curve) = kind {
            guard let encoded = ECDSASignature.der(fromHalves: signature, curve: curve) else { return false }
            signature = encoded
        }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var parameters: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &parameters, digest, nil, handle) == 1 else { return false }
        if isPSS, !setPSS(parameters) { return false }
        // 0 is 'no', below 0 'I cannot say': only 1 is 'yes' (CVE-2016-9814).
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// RSASSA-PSS as RFC 7518 §3.5 fixes it: a salt as long as the hash, the same hash in MGF1 (OpenSSL's default).
func setPSS(_ context: OpaquePointer?) -> Bool {
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
}

// The types below own a C handle and lend it to a closure only: a handle that is read from an object does not keep the
// object alive, so the object could free it while C still works with it.

final class KeyContext {
    private let handle: OpaquePointer

    init?(_ handle: OpaquePointer?) {
        guard let handle else { return nil }
        self.handle = handle
    }

    deinit { EVP_PKEY_CTX_free(handle) }

    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(handle) }
    }
}

final class BigNumber {
    private let handle: OpaquePointer

    init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, let handle = BN_bin2bn(bytes, Int32(bytes.count), nil) else { return nil }
        self.handle = handle
    }

    init?(owning handle: OpaquePointer?) {
        guard let handle else { return nil }
        self.handle = handle
    }

    deinit { BN_free(handle) }

    var bits: Int { withHandle { Int(BN_num_bits($0)) } }
    var isOdd: Bool { withHandle { BN_is_odd($0) == 1 } }

    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(handle) }
    }
}
