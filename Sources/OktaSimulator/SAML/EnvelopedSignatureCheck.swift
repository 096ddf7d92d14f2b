import FoundationEssentials

extension EnvelopedSignature {
    /// Whether `root` holds a signature over itself that `key` made (SAML Core §5.4): of applications' messages by POST.
    static func isValid(_ root: XMLElement, key: KeyPair) -> Bool {
        guard let signature = root.first(.ds, "Signature"), let signedInfo = signature.first(.ds, "SignedInfo"),
            let reference = signedInfo.all(.ds, "Reference").first, signedInfo.all(.ds, "Reference").count == 1,
            let id = root.attribute("ID"), reference.attribute("URI") == "#" + id,
            let algorithm = signedInfo.first(.ds, "SignatureMethod")?.attribute("Algorithm")
                .flatMap(XMLSignatureAlgorithm.init(identifier:)),
            let digest = reference.first(.ds, "DigestMethod")?.attribute("Algorithm")
                .flatMap(XMLDigestAlgorithm.init(identifier:)),
            let expected = bytes(of: reference.first(.ds, "DigestValue")),
            let value = bytes(of: signature.first(.ds, "SignatureValue")),
            let canonicalization = signedInfo.first(.ds, "CanonicalizationMethod"),
            canonicalization.attribute("Algorithm") == exclusiveCanonicalization,
            let transforms = reference.first(.ds, "Transforms")?.all(.ds, "Transform"),
            transforms.map({ $0.attribute("Algorithm") }) == [envelopedTransform, exclusiveCanonicalization]
        else { return false }
        var content = root
        content.children.removeAll { $0 == .element(signature) }
        let canonical = XMLWriter.canonical(content, inclusivePrefixes: prefixes(transforms[1]))
        guard let hash = try? digest.hash(canonical), hash == expected else { return false }
        let signed = XMLWriter.canonical(
            signedInfo, inclusivePrefixes: prefixes(canonicalization),
            scope: root.declarations.merging(signature.declarations) { $1 })
        return key.isValid(value, of: signed, xml: algorithm)
    }

    private static func prefixes(_ method: XMLElement) -> Set<String> {
        let list = method.first(.ec, "InclusiveNamespaces")?.attribute("PrefixList") ?? ""
        return Set(list.split(separator: " ").map { $0 == "#default" ? "" : String($0) })
    }

    private static func bytes(of element: XMLElement?) -> [UInt8]? {
        element.flatMap { Data(base64Encoded: $0.text, options: .ignoreUnknownCharacters) }.map(Array.init)
    }
}
