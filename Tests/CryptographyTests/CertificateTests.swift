import Identity
import SAMLTestSupport
import Testing

@testable import Cryptography

@Suite("Certificates")
struct CertificateTests {
    static let der = CertificateMaker(.rsa(bits: 2048)).certificate(notBefore: 1_700_000_000, notAfter: 2_000_000_000)
    static let otherDER = CertificateMaker(.elliptic("P-256")).certificate(subject: "other")

    static func pem(_ der: [UInt8], width: Int = 64, lineBreak: String = "\n") -> String {
        var text = Base64.encode(der)[...]
        var lines = ["-----BEGIN CERTIFICATE-----"]
        while !text.isEmpty {
            lines.append(String(text.prefix(width)))
            text = text.dropFirst(width)
        }
        return (lines + ["-----END CERTIFICATE-----", ""]).joined(separator: lineBreak)
    }

    @Test("reads key, times, name and fingerprint")
    func reading() throws {
        let certificate = try Certificate(der: Self.der)
        #expect(certificate.publicKey.kind == .rsa(bits: 2048))
        #expect(certificate.notBefore == UnixTime(seconds: 1_700_000_000))
        #expect(certificate.notAfter == UnixTime(seconds: 2_000_000_000))
        #expect(certificate.subject == "CN=gatehouse test")
        #expect(certificate.fingerprint.utf8.count == 32 * 3 - 1)
        let digits = HashFunction.sha256.hash(Self.der).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(certificate.fingerprint == digits.joined(separator: ":"))
        #expect(certificate.der == Self.der)
        #expect(try certificate == Certificate(der: Self.der))
        #expect(try certificate != Certificate(der: Self.otherDER))
        #expect("\(certificate)".contains(certificate.fingerprint))
    }

    @Test("times beyond 2049 and before 1970 are read")
    func distantTimes() throws {
        let der = CertificateMaker(.elliptic("P-256")).certificate(notBefore: -86400, notAfter: 7_258_118_400)
        let certificate = try Certificate(der: der)
        #expect(certificate.notBefore == UnixTime(seconds: -86400))
        #expect(certificate.notAfter == UnixTime(seconds: 7_258_118_400))
    }

    @Test("a name is ASCII, without control characters, and short")
    func names() throws {
        let maker = CertificateMaker(.elliptic("P-256"))
        #expect(
            try Certificate(der: maker.certificate(subject: "Zoë\u{1B}[2J\n")).subject == "CN=Zo\\C3\\AB\\1B[2J\\0A")
        let long = try Certificate(der: maker.certificate(subject: String(repeating: "é", count: 60))).subject
        #expect(long.utf8.count <= 256 + 3)
    }

    @Test(
        "reads PEM and bare base64, however they are wrapped",
        arguments: [
            pem(der), pem(der, width: 76), pem(der, lineBreak: "\r\n"), Base64.encode(der),
            "\n  " + pem(der, width: 76).split(separator: "\n").dropFirst().dropLast().joined(separator: "\n\t ")
                + "\r\n",
            "Subject: CN = somebody\n" + pem(der) + "after it\n",
            pem(der).split(separator: "\n").map { "    \($0)  " }.joined(separator: "\n"),
        ])
    func texts(text: String) throws {
        #expect(try Certificate(text: text).der == Self.der)
        #expect(try Certificate.all(text: text).map(\.der) == [Self.der])
    }

    @Test("reads several PEM blocks where several may be, and refuses them where one belongs")
    func several() throws {
        let text = Self.pem(Self.der) + "\n" + Self.pem(Self.otherDER)
        #expect(try Certificate.all(text: text).map(\.der) == [Self.der, Self.otherDER])
        #expect(throws: CryptographyError.self) { try Certificate(text: text) }
    }

    @Test(
        "refuses text that is no certificate",
        arguments: [
            "", " \n", "certificate", "MIIB", Base64.encode(der) + "!", Base64.encode(Array(der.dropLast())),
            Base64.encode(der + [0]), pem(Array(der.dropLast(7))), String(pem(der).dropLast(30)),
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n" + pem(der),
            CertificateMaker(.elliptic("P-256")).privatePEM,
            pem(der) + CertificateMaker(.elliptic("P-256")).privatePEM,
        ])
    func noCertificate(text: String) {
        let error = #expect(throws: CryptographyError.self) { try Certificate.all(text: text) }
        #expect(error?.reason == .unusableCertificate)
    }

    @Test("an error shows nothing of a private key that was pasted in its place")
    func privateKeyInstead() {
        let pem = CertificateMaker(.elliptic("P-256")).privatePEM
        let error = #expect(throws: CryptographyError.self) { try Certificate(text: pem) }
        #expect(error?.detail == "the text holds something else than certificates: -----BEGIN PRIVATE KEY-----")
    }

    @Test("reads keys of the three curves, and short RSA keys as what they are")
    func keys() throws {
        func kind(_ kind: CertificateMaker.Kind) throws -> PublicKey.Kind {
            try Certificate(der: CertificateMaker(kind).certificate()).publicKey.kind
        }
        #expect(try kind(.elliptic("P-256")) == .elliptic(.p256))
        #expect(try kind(.elliptic("P-384")) == .elliptic(.p384))
        #expect(try kind(.elliptic("P-521")) == .elliptic(.p521))
        #expect(try kind(.rsa(bits: 1024)) == .rsa(bits: 1024))
        #expect(try kind(.named("ED25519")) == .ed25519)
    }

    @Test("refuses keys of other kinds")
    func otherKeys() {
        for kind in [CertificateMaker.Kind.elliptic("secp256k1"), .named("ED448"), .named("RSA-PSS")] {
            let der = CertificateMaker(kind).certificate()
            let error = #expect(throws: CryptographyError.self) { try Certificate(der: der) }
            #expect(error?.reason == .unusableKey)
        }
    }

    @Test("a key matches its own certificates only")
    func matching() throws {
        for kind in [CertificateMaker.Kind.rsa(bits: 2048), .elliptic("P-384"), .named("ED25519")] {
            let maker = CertificateMaker(kind)
            let key = try PrivateKey(pem: maker.privatePEM)
            #expect(try key.matches(Certificate(der: maker.certificate())))
            #expect(try !key.matches(Certificate(der: CertificateMaker(kind).certificate())))
            #expect(try !key.matches(Certificate(der: Self.otherDER)))
        }
    }
}
