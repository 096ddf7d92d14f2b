import Cryptography
import XMLTree

/// Signs messages and metadata of ours (SAML Core §5).
package struct MessageSigner: Sendable {
    let algorithm: XMLSignatureAlgorithm
    private let key: PrivateKey
    private let certificate: Certificate?

    /// - Parameter certificate: shown in KeyInfo, where an identity provider asks for it.
    /// - Throws: `CryptographyError` `unusable_key` for a key of Ed25519, or one that is not the certificate's.
    package init(key: PrivateKey, certificate: Certificate?) throws(CryptographyError) {
        guard let algorithm = key.xmlAlgorithm else {
            throw CryptographyError(.unusableKey, "SAML knows no signatures by a key of Ed25519; take RSA or P-256")
        }
        if let certificate, !key.matches(certificate) {
            throw CryptographyError(.unusableKey, "the certificate is not the one of the signing key")
        }
        self.algorithm = algorithm
        self.key = key
        self.certificate = certificate
    }

    /// A signature of the redirect binding (SAML Bindings §3.4.4.1).
    func sign(_ octets: [UInt8]) throws(CryptographyError) -> [UInt8] { try key.sign(octets) }

    /// Adds an enveloped signature of the root, directly after its Issuer, or as its first child where there is none, as
    /// in metadata (SAML Core §5.4, Metadata §3.1).
    ///
    /// - Parameters:
    ///   - xml: a message that was written here.
    ///   - id: the root's ID.
    package func enveloped(_ xml: String, id: String) throws(CryptographyError) -> String {
        let root = try Self.root(of: xml)
        guard let found = root.attribute("ID"), found.utf8.elementsEqual(id.utf8) else {
            throw CryptographyError(.cannotSign, "the message does not have the ID that is to be signed")
        }
        let digest = XMLDigestAlgorithm.sha256.hash(try Self.canonical(root))
        // With nothing in SignatureValue yet: SignedInfo is canonicalised where it will stand.
        let unsigned = try SignaturePlace.insert(
            signature(id: id, digest: digest, value: "").xml, into: xml,
            afterFirstChild: root.children.first?.matches(AssertionName.issuer) ?? false)
        guard let signedInfo = try Self.root(of: unsigned).firstSignature?.children(SignatureName.signedInfo).first
        else { throw CryptographyError(.cannotSign, "the signature was not inserted") }
        let value = Base64.encode(try key.sign(try Self.canonical(signedInfo)))
        return try SignaturePlace.insert(
            signature(id: id, digest: digest, value: value).xml, into: xml,
            afterFirstChild: root.children.first?.matches(AssertionName.issuer) ?? false)
    }

    private func signature(id: String, digest: [UInt8], value: String) -> Markup {
        let transforms = [SignatureName.envelopedSignature, SignatureName.exclusiveCanonicalization]
        let signedInfo = Markup(
            "ds:SignedInfo", [],
            [
                Markup("ds:CanonicalizationMethod", [("Algorithm", SignatureName.exclusiveCanonicalization)]),
                Markup("ds:SignatureMethod", [("Algorithm", algorithm.rawValue)]),
                Markup(
                    "ds:Reference", [("URI", "#" + id)],
                    [
                        Markup("ds:Transforms", [], transforms.map { Markup("ds:Transform", [("Algorithm", $0)]) }),
                        Markup("ds:DigestMethod", [("Algorithm", XMLDigestAlgorithm.sha256.rawValue)]),
                        Markup("ds:DigestValue", text: Base64.encode(digest)),
                    ]),
            ])
        var children = [signedInfo, Markup("ds:SignatureValue", text: value)]
        if let certificate { children.append(.keyInfo(certificate)) }
        return Markup("ds:Signature", [("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#")], children)
    }

    private static func root(of xml: String) throws(CryptographyError) -> XMLElement {
        do {
            return try XMLDocument(Array(xml.utf8)).root
        } catch {
            throw CryptographyError(.cannotSign, "the message is not acceptable XML: \(error)")
        }
    }

    private static func canonical(_ element: XMLElement) throws(CryptographyError) -> [UInt8] {
        do {
            return try element.canonical()
        } catch {
            throw CryptographyError(.cannotSign, "the message cannot be canonicalised: \(error)")
        }
    }
}

extension Markup {
    /// A certificate as KeyInfo shows it (XML Signature 1.1 §4.5.4). The prefix `ds` must be declared around it.
    static func keyInfo(_ certificate: Certificate) -> Markup {
        Markup(
            "ds:KeyInfo", [],
            [Markup("ds:X509Data", [], [Markup("ds:X509Certificate", text: Base64.encode(certificate.der))])])
    }
}

extension XMLElement {
    fileprivate var firstSignature: XMLElement? { children(SignatureName.signature).first }
}

/// Where a signature goes into a text of ours, which has neither comments nor CDATA nor processing instructions.
private enum SignaturePlace {
    static func insert(
        _ signature: String, into xml: String, afterFirstChild: Bool
    ) throws(CryptographyError) -> String {
        let bytes = Array(xml.utf8)
        var place = endOfTag(in: bytes, from: 0)
        if afterFirstChild {
            // The first child is an Issuer, which holds text only: its start tag, then its end tag.
            place = endOfTag(in: bytes, from: place)
            place = endOfTag(in: bytes, from: place)
        }
        guard place < bytes.count else {
            throw CryptographyError(.cannotSign, "the message has no place for a signature")
        }
        return String(decoding: bytes[..<place], as: UTF8.self) + signature
            + String(decoding: bytes[place...], as: UTF8.self)
    }

    /// Behind the next `>` that is not within an attribute's value.
    private static func endOfTag(in bytes: [UInt8], from start: Int) -> Int {
        var (index, quote): (Int, UInt8?) = (start, nil)
        var isInTag = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if let open = quote {
                if byte == open { quote = nil }
            } else if isInTag, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "<") {
                isInTag = true
            } else if isInTag, byte == UInt8(ascii: ">") {
                return index
            }
        }
        return index
    }
}
