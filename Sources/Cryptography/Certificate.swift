import CCrypto
import Identity

/// An X.509 certificate as the wrapping of a key that somebody pinned.
///
/// Its own signature, chain, extensions and times are never judged: trust comes from having been configured. The times
/// are for warnings.
package struct Certificate: Sendable, Equatable, CustomStringConvertible {
    package let der: [UInt8]
    /// May be an RSA key that is too short for a signature to count.
    package let publicKey: PublicKey
    /// SHA-256 of the DER, in lower-case hexadecimal digits with colons.
    package let fingerprint: String
    package let notBefore: UnixTime
    package let notAfter: UnixTime
    /// The distinguished name as RFC 2253 writes it, all ASCII, at most 256 bytes.
    package let subject: String

    /// - Throws: `CryptographyError` `unusable_certificate`, or `unusable_key` when its key is none that could sign here.
    package init(der: [UInt8]) throws(CryptographyError) {
        guard der.count <= Self.longestDER, let parsed = X509Handle(der: der) else {
            throw CryptographyError(.unusableCertificate, "this is no X.509 certificate")
        }
        guard let notBefore = parsed.notBefore, let notAfter = parsed.notAfter else {
            throw CryptographyError(.unusableCertificate, "the certificate's times are malformed")
        }
        guard let key = parsed.copyPublicKey() else {
            throw CryptographyError(.unusableCertificate, "the certificate holds no key that OpenSSL can read")
        }
        publicKey = try PublicKey.ofCertificate(owning: key)
        self.der = der
        self.notBefore = notBefore
        self.notAfter = notAfter
        subject = parsed.subject.clipped(256)
        fingerprint = Self.fingerprint(ofDER: der)
    }

    /// Reads one PEM block, or bare base64 with white space, as it stands in metadata.
    package init(text: String) throws(CryptographyError) {
        let all = try Self.all(text: text)
        guard let first = all.first, all.count == 1 else {
            throw CryptographyError(.unusableCertificate, "there are \(all.count) certificates where one belongs")
        }
        self = first
    }

    /// Reads PEM blocks, with any text around them (RFC 7468 §2), or one bare base64. Never gives none.
    ///
    /// - Throws: `CryptographyError` of the first that is no certificate, or has a key of an unknown kind.
    package static func all(text: String) throws(CryptographyError) -> [Certificate] {
        var certificates: [Certificate] = []
        for encoded in try CertificateText.bodies(of: text) {
            guard let der = Base64URL.decodeOrdinary(encoded), !der.isEmpty else {
                throw CryptographyError(.unusableCertificate, "the certificate's base64 is malformed")
            }
            certificates.append(try Certificate(der: der))
        }
        return certificates
    }

    /// What `fingerprint` would be, also of a certificate that is not usable here.
    package static func fingerprint(ofDER der: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let pairs = HashFunction.sha256.hash(der).flatMap {
            [digits[Int($0 >> 4)], digits[Int($0 & 15)], UInt8(ascii: ":")]
        }
        return String(decoding: pairs.dropLast(), as: UTF8.self)
    }

    /// The same certificate, byte for byte.
    package static func == (left: Self, right: Self) -> Bool { left.der == right.der }

    package var description: String { "\(subject) (SHA-256 \(fingerprint), until \(notAfter))" }

    private static let longestDER = 1 << 16
}

/// Where the base64 of certificates is in what people paste.
private enum CertificateText {
    static func bodies(of text: String) throws(CryptographyError) -> [String] {
        guard text.utf8.count <= 1 << 20 else {
            throw CryptographyError(.unusableCertificate, "the text is too long for certificates")
        }
        let lines = text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { String(Substring($0)).trimmed }
        guard lines.contains(where: { $0.hasPrefix("-----BEGIN ") }) else {
            let bare = withoutSpace(text)
            guard !bare.isEmpty else { throw CryptographyError(.unusableCertificate, "there is no certificate") }
            return [bare]
        }
        var bodies: [String] = []
        var open: String?
        for line in lines {
            if line.hasPrefix("-----BEGIN ") {
                guard open == nil else { break }
                guard line == "-----BEGIN CERTIFICATE-----" else {
                    // The label only: the text may be a private key.
                    throw CryptographyError(
                        .unusableCertificate, "the text holds something else than certificates: \(line.clipped(60))")
                }
                open = ""
            } else if line == "-----END CERTIFICATE-----", let body = open {
                bodies.append(body)
                open = nil
            } else if let body = open {
                open = body + withoutSpace(line)
            }
        }
        guard open == nil else {
            throw CryptographyError(.unusableCertificate, "a line -----END CERTIFICATE----- is missing")
        }
        return bodies
    }

    private static func withoutSpace(_ text: String) -> String {
        String(decoding: text.utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }, as: UTF8.self)
    }
}

extension String {
    /// Without blanks and tabs around it.
    fileprivate var trimmed: String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let start = utf8.drop(while: isBlank)
        return String(decoding: start.reversed().drop(while: isBlank).reversed(), as: UTF8.self)
    }
}

/// Owns an X509.
private final class X509Handle {
    private let handle: OpaquePointer

    /// Nil unless all the bytes are one certificate.
    init?(der: [UInt8]) {
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var start = bytes.baseAddress
            guard let parsed = d2i_X509(nil, &start, bytes.count) else { return nil }
            guard start == bytes.baseAddress.map({ $0 + bytes.count }) else {
                X509_free(parsed)
                return nil
            }
            return parsed
        }
        guard let parsed else { return nil }
        handle = parsed
    }

    deinit { X509_free(handle) }

    /// The caller owns it.
    func copyPublicKey() -> OpaquePointer? { X509_get_pubkey(handle) }

    var notBefore: UnixTime? { Self.time(X509_get0_notBefore(handle)) }
    var notAfter: UnixTime? { Self.time(X509_get0_notAfter(handle)) }

    private static func time(_ time: UnsafePointer<ASN1_TIME>?) -> UnixTime? {
        guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
        defer { ASN1_STRING_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard time != nil, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return UnixTime(seconds: Int64(days) * 86400 + Int64(seconds))
    }

    var subject: String {
        guard let output = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(output) }
        guard gatehouse_print_name(output, X509_get_subject_name(handle)) >= 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(count, 0))), as: UTF8.self)
    }
}
