import Cryptography

/// An enveloped signature as text, made without the product's canonicalisation and signing. Each part can be another.
package struct SignatureText {
    package static let rsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    package static let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    package static let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    package static let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

    package var key: CertificateMaker
    package var certificate: [UInt8]?
    package var algorithm = rsaSHA256
    /// OpenSSL's name of the hash that is signed with.
    package var hash = "SHA256"
    /// Set for ECDSA: how long each number is.
    package var coordinateLength: Int32?
    package var digestAlgorithm = sha256
    package var digest: ([UInt8]) -> [UInt8] = { HashFunction.sha256.hash($0) }
    package var prefixes: [String] = ["xs"]
    /// Changes before the signature is made over it.
    package var editInfo: (String) -> String = { $0 }
    /// Changes to the whole afterwards.
    package var edit: (String) -> String = { $0 }

    /// - Parameter certificate: shown in KeyInfo; none without it.
    package init(key: CertificateMaker, certificate: [UInt8]?) {
        self.key = key
        self.certificate = certificate
    }

    package func changed(_ change: (inout SignatureText) -> Void) -> SignatureText {
        var copy = self
        change(&copy)
        return copy
    }

    /// The Signature over an element that does not hold it yet.
    ///
    /// - Parameter text: the element, which needs nothing around it.
    package func text(over text: String, id: String) throws -> String {
        let octets = try ReferenceElement.parse(Array(text.utf8)).canonical(inclusivePrefixes: prefixes)
        let list =
            prefixes.isEmpty
            ? ""
            : "<ec:InclusiveNamespaces xmlns:ec=\"\(Self.exclusive)\" PrefixList=\"\(prefixes.joined(separator: " "))\"/>"
        let info = editInfo(
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"\(Self.exclusive)\"/>"
                + "<ds:SignatureMethod Algorithm=\"\(algorithm)\"/><ds:Reference URI=\"#\(id)\"><ds:Transforms>"
                + "<ds:Transform Algorithm=\"\(Self.enveloped)\"/>"
                + "<ds:Transform Algorithm=\"\(Self.exclusive)\">\(list)</ds:Transform></ds:Transforms>"
                + "<ds:DigestMethod Algorithm=\"\(digestAlgorithm)\"/>"
                + "<ds:DigestValue>\(Base64.encode(digest(octets)))</ds:DigestValue></ds:Reference></ds:SignedInfo>")
        let value = try signature(over: wrapped(info))
        let shown =
            certificate.map {
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>\(Base64.encode($0))</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            } ?? ""
        return edit(wrapped("\(info)<ds:SignatureValue>\(Base64.encode(value))</ds:SignatureValue>\(shown)"))
    }

    private func wrapped(_ content: String) -> String {
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\(content)</ds:Signature>"
    }

    private func signature(over text: String) throws -> [UInt8] {
        let info = try ReferenceElement.parse(Array(text.utf8)).children.first { $0.local == "SignedInfo" }
        let octets = info.map { $0.canonical() } ?? []
        let signature = key.sign(octets, digest: hash)
        return coordinateLength.map { CertificateMaker.halves(ofDER: signature, length: $0) } ?? signature
    }
}
