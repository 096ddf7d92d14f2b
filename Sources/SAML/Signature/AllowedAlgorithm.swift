import Cryptography
import Identity
import XMLTree

/// The algorithms of a signature, by allow-list (rule 8). Which of them a key is for, the key decides.
enum AllowedAlgorithm {
    static func signature(_ method: XMLElement, insecureAllowsSHA1: Bool) throws(SAMLRejection) -> XMLSignatureAlgorithm
    {
        try signature(named: identifier(of: method), insecureAllowsSHA1: insecureAllowsSHA1)
    }

    /// - Parameter name: the algorithm's identifier.
    static func signature(named name: String, insecureAllowsSHA1: Bool) throws(SAMLRejection) -> XMLSignatureAlgorithm {
        if let algorithm = XMLSignatureAlgorithm.allCases.first(where: { $0.rawValue.isIdentical(to: name) }) {
            guard algorithm != .insecureRSASHA1 || insecureAllowsSHA1 else {
                throw SAMLRejection(
                    .signatureAlgorithmSHA1,
                    "the message is signed with SHA-1; \(OktaSetting.advanced("Signature Algorithm: RSA-SHA256"))",
                    expected: XMLSignatureAlgorithm.rsaSHA256.rawValue, found: name)
            }
            return algorithm
        }
        if name.utf8.split(separator: UInt8(ascii: "#")).last?.starts(with: "hmac-".utf8) == true {
            throw SAMLRejection(
                .signatureAlgorithmSymmetric,
                "the message is signed with HMAC, whose secret would have to be the public key that everybody has",
                expected: XMLSignatureAlgorithm.rsaSHA256.rawValue, found: name)
        }
        throw SAMLRejection(
            .signatureAlgorithmUnsupported,
            "the message is signed with an algorithm that is not accepted; \(OktaSetting.advanced("Signature Algorithm: RSA-SHA256"))",
            expected: XMLSignatureAlgorithm.rsaSHA256.rawValue, found: name)
    }

    static func digest(_ method: XMLElement, insecureAllowsSHA1: Bool) throws(SAMLRejection) -> XMLDigestAlgorithm {
        let name = try identifier(of: method)
        guard let algorithm = XMLDigestAlgorithm.allCases.first(where: { $0.rawValue.isIdentical(to: name) }) else {
            throw SAMLRejection(
                .digestAlgorithmUnsupported,
                "the message is digested with an algorithm that is not accepted; \(OktaSetting.advanced("Digest Algorithm: SHA256"))",
                expected: XMLDigestAlgorithm.sha256.rawValue, found: name)
        }
        guard algorithm != .insecureSHA1 || insecureAllowsSHA1 else {
            throw SAMLRejection(
                .digestAlgorithmSHA1,
                "the message is digested with SHA-1; \(OktaSetting.advanced("Digest Algorithm: SHA256"))",
                expected: XMLDigestAlgorithm.sha256.rawValue, found: name)
        }
        return algorithm
    }

    /// A method without parameters: `HMACOutputLength` once let one bit be a signature (CVE-2009-0217).
    private static func identifier(of method: XMLElement) throws(SAMLRejection) -> String {
        guard let name = method.attribute("Algorithm"), method.hasOnlyAttributes("Algorithm"), method.hasNoContent
        else {
            throw SAMLRejection(
                .signedInfoMalformed, "the \(method.localName) does not name an algorithm and nothing else",
                found: method.shownChildren)
        }
        return name
    }
}

/// Exclusive XML Canonicalization 1.0 as the only way to octets, and its one parameter.
enum ExclusiveCanonicalization {
    /// Okta names one prefix; each costs a search at every element.
    private static let mostPrefixes = 16

    /// The two transforms and no other, in their order (rule 8): a transform is a program that runs before anybody has
    /// proved who wrote it (CVE-2022-47966).
    static func prefixes(afterEnvelopedSignatureIn transforms: XMLElement) throws(SAMLRejection) -> [String] {
        let children = transforms.children
        guard children.count == 2, children[0].matches(SignatureName.transform),
            children[1].matches(SignatureName.transform), !transforms.hasStrayText, transforms.hasOnlyAttributes(),
            children[0].hasOnlyAttributes("Algorithm"), children[0].hasNoContent,
            children[0].attribute("Algorithm")?.isIdentical(to: SignatureName.envelopedSignature) == true
        else { throw unsupported(transforms) }
        return try prefixes(of: children[1], otherwise: .transformsUnsupported)
    }

    /// The inclusive prefixes (§4 of that specification) of a method or transform that is exclusive canonicalisation
    /// without comments.
    static func prefixes(
        of method: XMLElement, otherwise reason: SAMLRejection.Reason
    ) throws(SAMLRejection) -> [String] {
        guard let name = method.attribute("Algorithm"),
            name.isIdentical(to: SignatureName.exclusiveCanonicalization), method.hasOnlyAttributes("Algorithm")
        else {
            throw SAMLRejection(
                reason, "the \(method.localName) is another than exclusive canonicalisation without comments",
                expected: SignatureName.exclusiveCanonicalization, found: method.attribute("Algorithm"))
        }
        if method.hasNoContent { return [] }
        let children = method.children
        guard children.count == 1, children[0].matches(SignatureName.inclusiveNamespaces), !method.hasStrayText,
            children[0].hasOnlyAttributes("PrefixList"), children[0].hasNoContent,
            let list = children[0].attribute("PrefixList")
        else {
            throw SAMLRejection(
                reason, "the \(method.localName) has other parameters than one list of prefixes",
                expected: "InclusiveNamespaces", found: method.shownChildren)
        }
        return try prefixes(in: list)
    }

    private static func prefixes(in list: String) throws(SAMLRejection) -> [String] {
        let prefixes = list.utf8.split(whereSeparator: \.isXMLSpace)
        guard prefixes.count <= mostPrefixes,
            prefixes.allSatisfy({
                $0.count <= 64 && ($0.allSatisfy(isNameCharacter) || $0.elementsEqual("#default".utf8))
            })
        else {
            throw SAMLRejection(
                .prefixListMalformed,
                "a PrefixList holds more than \(mostPrefixes) prefixes, or something that is none",
                found: list)
        }
        return prefixes.map { String(Substring($0)) }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x80...:
            true
        default: false
        }
    }

    private static func unsupported(_ transforms: XMLElement) -> SAMLRejection {
        let names = transforms.children.prefix(8).map { $0.attribute("Algorithm") ?? $0.shownName }
        return SAMLRejection(
            .transformsUnsupported, "the signature transforms what it signs in another way than the profile's",
            expected: "\(SignatureName.envelopedSignature) \(SignatureName.exclusiveCanonicalization)",
            found: names.joined(separator: " "))
    }
}
