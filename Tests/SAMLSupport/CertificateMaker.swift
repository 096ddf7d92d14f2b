import CCrypto

/// A key of any kind and certificates for it, made at run time by OpenSSL, without the product's code.
///
/// Sendable: after `init` the EVP_PKEY is only read; each operation has a context of its own.
package final class CertificateMaker: @unchecked Sendable {
    package enum Kind: Sendable {
        case rsa(bits: Int)
        case elliptic(String)
        case named(String)
    }

    private let handle: OpaquePointer

    package init(_ kind: Kind) {
        let name =
            switch kind {
            case .rsa: "RSA"
            case .elliptic: "EC"
            case .named(let name): name
            }
        var handle: OpaquePointer?
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil), EVP_PKEY_keygen_init(context) == 1 else {
            preconditionFailure("OpenSSL makes no \(name) keys")
        }
        defer { EVP_PKEY_CTX_free(context) }
        switch kind {
        case .rsa(let bits): precondition(EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1)
        case .elliptic(let group): precondition(EVP_PKEY_CTX_set_group_name(context, group) == 1)
        case .named: break
        }
        precondition(EVP_PKEY_generate(context, &handle) == 1, "OpenSSL cannot make the key")
        guard let handle else { preconditionFailure("OpenSSL cannot make the key") }
        self.handle = handle
    }

    /// A key that there is already.
    package init(privatePEM: String) {
        guard let input = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(input) }
        precondition(BIO_write(input, privatePEM, Int32(privatePEM.utf8.count)) > 0, "out of memory")
        guard let handle = PEM_read_bio_PrivateKey(input, nil, nil, nil) else {
            preconditionFailure("this is no private key")
        }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    /// Self-signed; times in seconds since 1970.
    package func certificate(subject: String = "gatehouse test", notBefore: Int = 0, notAfter: Int = 4_102_444_800)
        -> [UInt8]
    {
        guard let certificate = X509_new() else { preconditionFailure("out of memory") }
        defer { X509_free(certificate) }
        let name = X509_get_subject_name(certificate)
        precondition(
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, subject, -1, -1, 0) == 1
                && X509_set_issuer_name(certificate, name) == 1
                && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1
                && ASN1_TIME_set(X509_getm_notBefore(certificate), notBefore) != nil
                && ASN1_TIME_set(X509_getm_notAfter(certificate), notAfter) != nil
                && X509_set_pubkey(certificate, handle) == 1)
        let signer = EVP_PKEY_get_base_id(handle)
        let digest = signer == EVP_PKEY_ED25519 || signer == EVP_PKEY_ED448 ? nil : EVP_sha256()
        precondition(X509_sign(certificate, handle, digest) > 0)
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &buffer)
        guard count > 0, let buffer else { preconditionFailure("cannot write the certificate") }
        defer { CRYPTO_free(buffer, nil, 0) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
    }

    package var privatePEM: String {
        guard let output = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(output) }
        precondition(PEM_write_bio_PKCS8PrivateKey(output, handle, nil, nil, 0, nil, nil) == 1)
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }

    /// As OpenSSL gives it: for ECDSA that is DER.
    package func sign(_ message: [UInt8], digest: String) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        precondition(EVP_DigestSignInit_ex(context, nil, digest, nil, nil, handle, nil) == 1)
        precondition(EVP_DigestSign(context, nil, &length, message, message.count) == 1)
        var signature = [UInt8](repeating: 0, count: length)
        precondition(EVP_DigestSign(context, &signature, &length, message, message.count) == 1)
        return Array(signature.prefix(length))
    }

    /// Both numbers of an ECDSA signature, each in so many bytes.
    package static func halves(ofDER der: [UInt8], length: Int32) -> [UInt8] {
        der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &start, bytes.count) else { preconditionFailure("no DER") }
            defer { ECDSA_SIG_free(signature) }
            return [ECDSA_SIG_get0_r(signature), ECDSA_SIG_get0_s(signature)].flatMap { number in
                var half = [UInt8](repeating: 0, count: Int(length))
                precondition(BN_bn2binpad(number, &half, length) == length)
                return half
            }
        }
    }

    /// RSA-OAEP by the public half.
    package func encryptOAEP(_ bytes: [UInt8], digest: String, mask: String, label: [UInt8] = []) -> [UInt8] {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, handle, nil) else { preconditionFailure("out of memory") }
        defer { EVP_PKEY_CTX_free(context) }
        precondition(
            EVP_PKEY_encrypt_init(context) == 1
                && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_oaep_md_name(context, digest, nil) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, mask, nil) == 1
                && gatehouse_set_oaep_label(context, label, label.count) == 1)
        var length = 0
        precondition(EVP_PKEY_encrypt(context, nil, &length, bytes, bytes.count) == 1)
        var output = [UInt8](repeating: 0, count: length)
        precondition(EVP_PKEY_encrypt(context, &output, &length, bytes, bytes.count) == 1)
        return Array(output.prefix(length))
    }

    /// RSAES-PKCS1-v1_5, which nothing here decrypts.
    package func encryptPKCS1(_ bytes: [UInt8]) -> [UInt8] {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, handle, nil) else { preconditionFailure("out of memory") }
        defer { EVP_PKEY_CTX_free(context) }
        precondition(
            EVP_PKEY_encrypt_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1)
        var output = [UInt8](repeating: 0, count: 1024)
        var length = output.count
        precondition(EVP_PKEY_encrypt(context, &output, &length, bytes, bytes.count) == 1)
        return Array(output.prefix(length))
    }
}
