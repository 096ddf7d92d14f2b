import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

/// A logout message as Okta sends it, written as text and signed without the product's code. A test changes one thing.
///
/// The text is its own exclusive canonical form: attributes in order, each namespace declared where it is first used.
struct IncomingLogout {
    static let issuer = "http://www.okta.com/exk1example"
    static let address = "https://sso.example.com/logout/saml/okta-saml"
    static let now = UnixTime(seconds: 1_795_341_600)  // 2026-11-22T10:00:00Z
    static let okta = CertificateMaker(.rsa(bits: 2048))
    static let otherOkta = CertificateMaker(.rsa(bits: 2048))
    static let stranger = CertificateMaker(.rsa(bits: 2048))

    static let protocolNamespace = "urn:oasis:names:tc:SAML:2.0:protocol"
    static let assertionNamespace = "urn:oasis:names:tc:SAML:2.0:assertion"
    static let success = "urn:oasis:names:tc:SAML:2.0:status:Success"
    static let rsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

    var name = "LogoutRequest"
    var namespace = protocolNamespace
    var destination: String? = address
    var id: String? = "id5207351951"
    var inResponseTo: String?
    var issueInstant: String? = "2026-11-22T10:00:00.000Z"
    var notOnOrAfter: String?
    var version: String? = "2.0"
    var issuer = element("saml2:Issuer", text: issuer)
    var content =
        element(
            "saml2:NameID", ["Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\""],
            text: "ada@example.com")
        + "<saml2p:SessionIndex>_0123</saml2p:SessionIndex>"

    /// A good request.
    static let request = IncomingLogout()

    /// A good answer to the request `_ours`.
    static let response: IncomingLogout = {
        var message = IncomingLogout()
        message.name = "LogoutResponse"
        message.inResponseTo = "_ours"
        message.content = status(success)
        return message
    }()

    static func element(_ name: String, _ attributes: [String] = [], text: String) -> String {
        let namespaces = ["xmlns:saml2=\"\(assertionNamespace)\""]
        return "<\((([name] + namespaces + attributes).joined(separator: " ")))>\(text)</\(name)>"
    }

    static func status(_ codes: String...) -> String {
        let nested = codes.reversed().reduce("") { "<saml2p:StatusCode Value=\"\($1)\">\($0)</saml2p:StatusCode>" }
        return "<saml2p:Status>\(nested)</saml2p:Status>"
    }

    func changed(_ change: (inout IncomingLogout) -> Void) -> IncomingLogout {
        var copy = self
        change(&copy)
        return copy
    }

    func xml(signature: String = "") -> String {
        let attributes = [
            ("Destination", destination), ("ID", id), ("InResponseTo", inResponseTo), ("IssueInstant", issueInstant),
            ("NotOnOrAfter", notOnOrAfter), ("Version", version),
        ]
        let written = attributes.compactMap { name, value in value.map { " \(name)=\"\($0)\"" } }.joined()
        return
            "<saml2p:\(name) xmlns:saml2p=\"\(namespace)\"\(written)>\(issuer)\(signature)\(content)</saml2p:\(name)>"
    }

    // MARK: The POST binding

    /// Signed within.
    func posted(
        by maker: CertificateMaker = okta, digest: String = "SHA256", algorithm: String = rsaSHA256,
        digestAlgorithm: String = "http://www.w3.org/2001/04/xmlenc#sha256"
    ) -> [UInt8] {
        Array(
            xml(signature: signature(by: maker, digest: digest, algorithm: algorithm, digestAlgorithm: digestAlgorithm))
                .utf8)
    }

    func signature(
        by maker: CertificateMaker = okta, digest: String = "SHA256", algorithm: String = rsaSHA256,
        digestAlgorithm: String = "http://www.w3.org/2001/04/xmlenc#sha256"
    ) -> String {
        let hash: XMLDigestAlgorithm = digestAlgorithm.hasSuffix("sha1") ? .insecureSHA1 : .sha256
        let value = Base64.encode(hash.hash(Array(xml().utf8)))
        let namespace = "http://www.w3.org/2000/09/xmldsig#"
        let content =
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>"
            + "<ds:SignatureMethod Algorithm=\"\(algorithm)\"></ds:SignatureMethod><ds:Reference URI=\"#\(id ?? "")\">"
            + "<ds:Transforms><ds:Transform Algorithm=\"\(namespace)enveloped-signature\"></ds:Transform>"
            + "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>"
            + "<ds:DigestMethod Algorithm=\"\(digestAlgorithm)\"></ds:DigestMethod>"
            + "<ds:DigestValue>\(value)</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        let signed = maker.sign(Array("<ds:SignedInfo xmlns:ds=\"\(namespace)\">\(content)".utf8), digest: digest)
        return "<ds:Signature xmlns:ds=\"\(namespace)\"><ds:SignedInfo>\(content)"
            + "<ds:SignatureValue>\(Base64.encode(signed))</ds:SignatureValue></ds:Signature>"
    }

    // MARK: The redirect binding

    /// The value of SAMLRequest or SAMLResponse: one stored block of DEFLATE, which nobody's compressor made.
    var deflated: String { Base64.encode(Self.stored(Array(xml().utf8))) }

    /// Where it is sent in the wrong field.
    var fieldOverride: String?

    var field: String { fieldOverride ?? (name == "LogoutResponse" ? "SAMLResponse" : "SAMLRequest") }

    /// Signed over the query.
    func query(
        by maker: CertificateMaker = okta, digest: String = "SHA256", algorithm: String = rsaSHA256,
        relayState: String? = "state", halves length: Int32? = nil, escape: (String) -> String = FormEncoding.encode
    ) -> String {
        var octets = "\(field)=\(escape(deflated))"
        if let relayState { octets += "&RelayState=\(escape(relayState))" }
        octets += "&SigAlg=\(escape(algorithm))"
        var signature = maker.sign(Array(octets.utf8), digest: digest)
        if let length { signature = CertificateMaker.halves(ofDER: signature, length: length) }
        return octets + "&Signature=\(escape(Base64.encode(signature)))"
    }

    /// RFC 1951 §3.2.4.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let (low, high) = (UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8))
        return [1, low, high, ~low, ~high] + bytes
    }

    // MARK: Judging

    static func certificate(_ maker: CertificateMaker) throws -> Certificate {
        try Certificate(der: maker.certificate())
    }

    static func verifier(
        _ makers: [CertificateMaker] = [okta, otherOkta], insecureAllowsSHA1: Bool = false
    ) throws -> LogoutVerifier {
        LogoutVerifier(
            LogoutExpectation(
                issuer: issuer, certificates: try makers.map(certificate), destination: address,
                insecureAllowsSHA1: insecureAllowsSHA1)
        )
    }

    /// The codes that the redirect and the POST binding refuse the message with; nil is acceptance.
    func codes(at now: UnixTime = now) throws -> [String?] {
        let verifier = try Self.verifier()
        return name == "LogoutResponse"
            ? [verifier.code(ofResponse: query(), now: now), verifier.code(ofResponse: posted(), now: now)]
            : [verifier.code(ofRequest: query(), now: now), verifier.code(ofRequest: posted(), now: now)]
    }
}

/// What a message is refused with: by the redirect binding a query, by the POST binding XML.
extension LogoutVerifier {
    func code(ofRequest query: String, now: UnixTime = IncomingLogout.now) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try request(RedirectBinding.read(rawQuery: query), now: now) }
    }

    func code(ofRequest xml: [UInt8], now: UnixTime = IncomingLogout.now) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try request(post: xml, now: now) }
    }

    func code(ofResponse query: String, now: UnixTime = IncomingLogout.now) -> String? {
        samlCode { () throws(SAMLRejection) in
            _ = try response(RedirectBinding.read(rawQuery: query), to: "_ours", now: now)
        }
    }

    func code(ofResponse xml: [UInt8], now: UnixTime = IncomingLogout.now) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try response(post: xml, to: "_ours", now: now) }
    }
}

/// Nil when nothing is refused.
func samlCode(_ body: () throws(SAMLRejection) -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return error.code
    }
}
