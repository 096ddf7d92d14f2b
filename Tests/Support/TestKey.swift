// TestSupport: what several test targets share.
//
// Owns: keys and tokens made at run time, a clock and random bytes that tests set, an HTTP transport that follows a
// script, folders that vanish. Its signatures do not go through the product's signing code.
// Does not own: expectations.

import CCrypto
import Cryptography
import StrictJSON

/// A key pair of any kind, also of kinds that the product refuses; made at run time, never kept.
///
/// Sendable: after `init` the EVP_PKEY is only read; each signature has a context of its own.
package final class TestKey: @unchecked Sendable {
    package enum Kind: Sendable, Equatable {
        case rsa(bits: Int)
        /// OpenSSL's name of the group: `P-256`, `secp256k1`.
        case elliptic(String)
        case edwards(String)
    }

    package let kind: Kind
    private let handle: OpaquePointer

    package init(_ kind: Kind) {
        self.kind = kind
        let name =
            switch kind {
            case .rsa: "RSA"
            case .elliptic: "EC"
            case .edwards(let name): name
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil), EVP_PKEY_keygen_init(context) == 1 else {
            preconditionFailure("OpenSSL makes no \(name) keys")
        }
        defer { EVP_PKEY_CTX_free(context) }
        switch kind {
        case .rsa(let bits): precondition(EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1)
        case .elliptic(let group): precondition(EVP_PKEY_CTX_set_group_name(context, group) == 1)
        case .edwards: break
        }
        var handle: OpaquePointer?
        guard EVP_PKEY_generate(context, &handle) == 1, let handle else {
            preconditionFailure("OpenSSL cannot make the key")
        }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    package static let rsa = TestKey(.rsa(bits: 2048))
    package static let otherRSA = TestKey(.rsa(bits: 2048))
    package static let shortRSA = TestKey(.rsa(bits: 1024))
    package static let p256 = TestKey(.elliptic("P-256"))
    package static let otherP256 = TestKey(.elliptic("P-256"))
    package static let p384 = TestKey(.elliptic("P-384"))
    package static let p521 = TestKey(.elliptic("P-521"))
    package static let secp256k1 = TestKey(.elliptic("secp256k1"))
    package static let ed25519 = TestKey(.edwards("ED25519"))
    package static let ed448 = TestKey(.edwards("ED448"))

    /// One that signs with the algorithm; the same at each call.
    package static func forAlgorithm(_ algorithm: SignatureAlgorithm) -> TestKey {
        switch algorithm {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: rsa
        case .es256: p256
        case .es384: p384
        case .es512: p521
        case .eddsa: ed25519
        }
    }

    // MARK: Signing

    /// Signs as JWS wants it (RFC 7518 §3).
    ///
    /// - Parameter saltLength: of RSASSA-PSS; as long as the hash when it is nil.
    package func sign(_ message: [UInt8], _ algorithm: SignatureAlgorithm, saltLength: Int32? = nil) -> [UInt8] {
        let der = signDER(message, algorithm, saltLength: saltLength)
        guard case .ecdsa(let curve) = algorithm.family else { return der }
        return Self.halves(ofDER: der, length: curve.coordinateLength)
    }

    /// Signs as OpenSSL gives it: for ECDSA that is DER.
    package func signDER(_ message: [UInt8], _ algorithm: SignatureAlgorithm, saltLength: Int32? = nil) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_MD_CTX_free(context) }
        let digest =
            switch algorithm.hashFunction {
            case _ where algorithm == .eddsa: nil as OpaquePointer?
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var parameters: OpaquePointer?
        precondition(EVP_DigestSignInit(context, &parameters, digest, nil, handle) == 1)
        if algorithm.family == .rsa(.pss) {
            precondition(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1)
            precondition(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, saltLength ?? RSA_PSS_SALTLEN_DIGEST) == 1)
        }
        var length = 0
        precondition(EVP_DigestSign(context, nil, &length, message, message.count) == 1)
        var signature = [UInt8](repeating: 0, count: length)
        precondition(EVP_DigestSign(context, &signature, &length, message, message.count) == 1)
        return Array(signature.prefix(length))
    }

    private static func halves(ofDER der: [UInt8], length: Int) -> [UInt8] {
        der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &start, bytes.count) else { preconditionFailure("no DER") }
            defer { ECDSA_SIG_free(signature) }
            return padded(ECDSA_SIG_get0_r(signature), length) + padded(ECDSA_SIG_get0_s(signature), length)
        }
    }

    private static func padded(_ number: OpaquePointer?, _ length: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        precondition(BN_bn2binpad(number, &bytes, Int32(length)) == length)
        return bytes
    }

    // MARK: The public half

    /// The key as a JWK (RFC 7517 §4) with more members added; a change to nil takes a member out.
    package func jwk(kid: String? = nil, _ changes: [(String, JSON?)] = []) -> JSON {
        var members = publicMembers
        if let kid { members.append(("kid", .string(kid))) }
        for (name, value) in changes {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return .object(JSONObject(members))
    }

    private var publicMembers: [(String, JSON)] {
        switch kind {
        case .rsa:
            return [("kty", "RSA"), ("n", number(OSSL_PKEY_PARAM_RSA_N)), ("e", number(OSSL_PKEY_PARAM_RSA_E))]
        case .elliptic(let group):
            let point = publicPoint
            let half = (point.count - 1) / 2
            return [
                ("kty", "EC"), ("crv", .string(group)), ("x", Self.text(point[1...half])),
                ("y", Self.text(point[(1 + half)...])),
            ]
        case .edwards(let name):
            return [
                ("kty", "OKP"), ("crv", .string(name == "ED25519" ? "Ed25519" : "Ed448")),
                ("x", Self.text(rawPublicKey)),
            ]
        }
    }

    /// Of an elliptic key: 0x04, x, y.
    package var publicPoint: [UInt8] {
        var point = [UInt8](repeating: 0, count: 200)
        var length = 0
        precondition(
            EVP_PKEY_get_octet_string_param(
                handle, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, &point, point.count, &length) == 1)
        return Array(point.prefix(length))
    }

    /// Of an Edwards key.
    package var rawPublicKey: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var length = bytes.count
        precondition(EVP_PKEY_get_raw_public_key(handle, &bytes, &length) == 1)
        return Array(bytes.prefix(length))
    }

    private func number(_ name: String) -> JSON {
        var number: OpaquePointer?
        precondition(EVP_PKEY_get_bn_param(handle, name, &number) == 1)
        defer { BN_free(number) }
        return Self.text(Self.padded(number, Int(BN_num_bits(number) + 7) / 8))
    }

    private static func text(_ bytes: some Collection<UInt8>) -> JSON { .string(Base64URL.encode(bytes)) }

    // MARK: PEM

    /// PKCS#8, encrypted when there is a passphrase.
    package func pem(passphrase: String? = nil) -> String {
        write { output in
            guard let passphrase else {
                return PEM_write_bio_PKCS8PrivateKey(output, handle, nil, nil, 0, nil, nil)
            }
            return PEM_write_bio_PKCS8PrivateKey(
                output, handle, EVP_aes_256_cbc(), passphrase, Int32(passphrase.utf8.count), nil, nil)
        }
    }

    /// PKCS#1 for RSA, SEC1 for EC.
    package var traditionalPEM: String {
        write { PEM_write_bio_PrivateKey_traditional($0, handle, nil, nil, 0, nil, nil) }
    }

    package var publicPEM: String { write { PEM_write_bio_PUBKEY($0, handle) } }

    private func write(_ body: (OpaquePointer) -> Int32) -> String {
        guard let output = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(output) }
        precondition(body(output) == 1, "cannot write the key")
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(count, 0))), as: UTF8.self)
    }
}
