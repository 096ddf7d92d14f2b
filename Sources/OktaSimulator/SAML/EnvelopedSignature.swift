import CCrypto
import FoundationEssentials

/// Makes the signature that stands inside what it signs, as Okta writes it (SAML Core §5.4, XML Signature §4).
struct EnvelopedSignature {
    static let exclusiveCanonicalization = XMLVocabulary.ec.namespace
    static let envelopedTransform = XMLVocabulary.ds.namespace + "enveloped-signature"

    let key: SAMLSigningKey
    let algorithm: XMLSignatureAlgorithm
    let digest: XMLDigestAlgorithm
    /// The PrefixList; what it names must be declared on the signed element itself.
    let inclusivePrefixes: [String]
    var forgery: SAMLForgery?

    /// The element with its Signature right after the Issuer, which is its first child.
    func sign(_ element: XMLElement) throws -> XMLElement {
        guard forgery != .stripped else { return element }
        var signed = element
        signed.children.insert(.element(try signature(of: element)), at: min(1, signed.children.count))
        return signed
    }

    private func signature(of element: XMLElement) throws -> XMLElement {
        var hash = try digest.hash(XMLWriter.canonical(element, inclusivePrefixes: Set(inclusivePrefixes)))
        if forgery == .digest { hash[0] ^= 1 }
        let signedInfo = XMLElement(
            .ds, "SignedInfo",
            children: [
                XMLElement(.ds, "CanonicalizationMethod", ["Algorithm": Self.exclusiveCanonicalization]),
                XMLElement(.ds, "SignatureMethod", ["Algorithm": methodIdentifier]),
                XMLElement(
                    .ds, "Reference", ["URI": "#" + (element.attribute("ID") ?? "")],
                    children: [
                        transforms, XMLElement(.ds, "DigestMethod", ["Algorithm": digest.identifier]),
                        XMLElement(.ds, "DigestValue", text: Data(hash).base64EncodedString()),
                    ]),
            ])
        let (value, certificate) = try value(of: XMLWriter.canonical(signedInfo))
        return XMLElement(
            .ds, "Signature",
            children: [
                signedInfo, XMLElement(.ds, "SignatureValue", text: Data(value).base64EncodedString()),
                Self.keyInfo(certificate),
            ])
    }

    private var transforms: XMLElement {
        let list = XMLElement(.ec, "InclusiveNamespaces", ["PrefixList": inclusivePrefixes.joined(separator: " ")])
        return XMLElement(
            .ds, "Transforms",
            children: [
                XMLElement(.ds, "Transform", ["Algorithm": Self.envelopedTransform]),
                XMLElement(
                    .ds, "Transform", ["Algorithm": Self.exclusiveCanonicalization],
                    children: inclusivePrefixes.isEmpty ? [] : [list]),
            ])
    }

    static func keyInfo(_ certificate: X509Certificate) -> XMLElement {
        XMLElement(
            .ds, "KeyInfo",
            children: [
                XMLElement(
                    .ds, "X509Data",
                    children: [XMLElement(.ds, "X509Certificate", text: certificate.wrappedBase64)])
            ])
    }

    var methodIdentifier: String {
        forgery == .hmac ? "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256" : algorithm.identifier
    }

    /// The signature over these octets, and the certificate that goes along with it.
    func value(of message: [UInt8]) throws -> (value: [UInt8], certificate: X509Certificate) {
        switch forgery {
        case .hmac:
            let secret = Array(try key.pair.publicKeyPEM().utf8)
            return (MessageAuthentication.hmacSHA256(message, key: secret), key.certificate)
        case .unpublishedKey:
            let stranger = try KeyPair.generate(for: .rs256)
            let certificate = try X509Certificate.selfSigned(
                stranger, commonName: "okta-simulator", notBefore: Date(), days: 3653)
            return (try stranger.xmlSignature(of: message, with: algorithm), certificate)
        case .flipped:
            var value = try key.pair.xmlSignature(of: message, with: algorithm)
            value[value.count - 1] ^= 1
            return (value, key.certificate)
        case nil, .stripped, .digest:
            return (try key.pair.xmlSignature(of: message, with: algorithm), key.certificate)
        }
    }
}
