import CCrypto
import FoundationEssentials

/// An X.509 certificate, which in SAML is no more than the envelope of a public key.
package struct X509Certificate: Sendable, Equatable {
    let der: [UInt8]

    /// From a PEM block, or from its base64 alone as metadata hold it.
    package init(text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        let base64 = lines.joined().filter { !$0.isWhitespace }
        guard let data = Data(base64Encoded: base64), !data.isEmpty else {
            throw CryptographyError(description: "the certificate is neither PEM nor base64")
        }
        der = Array(data)
        _ = try publicKey()
    }

    private init(der: [UInt8]) {
        self.der = der
    }

    /// SHA-256, lower-case hexadecimal with colons.
    var fingerprint: String {
        Digest.sha256.hash(der).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: ":")
    }

    /// Okta wraps the text in its messages at 76 columns.
    var wrappedBase64: String {
        Self.wrapped(Data(der).base64EncodedString(), at: 76)
    }

    var pem: String {
        "-----BEGIN CERTIFICATE-----\n\(Self.wrapped(Data(der).base64EncodedString(), at: 64))\n"
            + "-----END CERTIFICATE-----\n"
    }

    func publicKey() throws(CryptographyError) -> KeyPair {
        let parsed = der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_X509(nil, &cursor, buffer.count)
        }
        guard let parsed else { throw .last("d2i_X509") }
        defer { X509_free(parsed) }
        guard let key = X509_get_pubkey(parsed) else { throw .last("X509_get_pubkey") }
        return KeyPair(owning: key)
    }

    private static func wrapped(_ text: String, at width: Int) -> String {
        var lines: [Substring] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            lines.append(rest.prefix(width))
            rest = rest.dropFirst(width)
        }
        return lines.joined(separator: "\n")
    }
}

// MARK: Making one

extension X509Certificate {
    /// Signed with its own key, with the names that Okta gives its certificates.
    static func selfSigned(
        _ key: KeyPair, commonName: String, notBefore: Date, days: Int
    ) throws(CryptographyError) -> X509Certificate {
        guard let certificate = X509_new() else { throw .last("X509_new") }
        defer { X509_free(certificate) }
        // The number 2 stands for version 3 (RFC 5280 §4.1.2.1).
        try CryptographyError.check(X509_set_version(certificate, 2), "X509_set_version")
        let serial = UInt64(max(1, notBefore.timeIntervalSince1970 * 1000)) << 8 | UInt64.random(in: 0...255)
        try CryptographyError.check(
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial), "ASN1_INTEGER_set_uint64")
        let start = notBefore.numericDate
        guard ASN1_TIME_set(X509_getm_notBefore(certificate), start) != nil,
            ASN1_TIME_set(X509_getm_notAfter(certificate), start + days * 86400) != nil
        else { throw .last("ASN1_TIME_set") }
        try setNames(of: certificate, commonName: commonName)
        return try key.withHandle { (handle) throws(CryptographyError) in
            try CryptographyError.check(X509_set_pubkey(certificate, handle), "X509_set_pubkey")
            // The length of the signature, not 1.
            guard X509_sign(certificate, handle, EVP_sha256()) > 0 else { throw .last("X509_sign") }
            var bytes: UnsafeMutablePointer<UInt8>?
            let length = i2d_X509(certificate, &bytes)
            guard length > 0, let bytes else { throw .last("i2d_X509") }
            // OPENSSL_free is a macro over this call.
            defer { CRYPTO_free(bytes, #file, #line) }
            return X509Certificate(der: Array(UnsafeBufferPointer(start: bytes, count: Int(length))))
        }
    }

    private static func setNames(of certificate: OpaquePointer, commonName: String) throws(CryptographyError) {
        guard let name = X509_get_subject_name(certificate) else { throw .last("X509_get_subject_name") }
        let entries = [
            ("C", "US"), ("ST", "California"), ("L", "San Francisco"), ("O", "Okta"), ("OU", "SSOProvider"),
            ("CN", commonName), ("emailAddress", "info@okta.com"),
        ]
        for (field, value) in entries {
            let text = Array(value.utf8)
            try CryptographyError.check(
                X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, text, Int32(text.count), -1, 0),
                "X509_NAME_add_entry_by_txt")
        }
        try CryptographyError.check(X509_set_issuer_name(certificate, name), "X509_set_issuer_name")
    }
}
