import Identity
import XMLTree

/// The parse of a plaintext where the ciphertext was (XML Encryption 1.1 §4.4): Okta's is a document of its own, others
/// leave out the declarations of prefixes that are already in use around it.
enum DecryptedContent {
    /// - Parameter element: the EncryptedAssertion.
    /// - Returns: the one element that was encrypted. Rules 1 to 3 hold for it as for the message.
    static func parse(_ plaintext: [UInt8], inPlaceOf element: XMLElement) throws(SAMLRejection) -> XMLElement {
        do {
            try XMLScan.check(plaintext)
        } catch {
            throw SAMLRejection(error)
        }
        let (start, end) = tags(inPlaceOf: element)
        let holder = try XMLDocument.parsing(start + plaintext + end).root
        guard let root = holder.children.first, holder.children.count == 1, !holder.hasStrayText else {
            throw SAMLRejection(.rootUnexpected, "what was encrypted is not one element", found: holder.shownChildren)
        }
        return root
    }

    /// An element around it that declares the prefixes of the elements around the ciphertext. No others: those in use are
    /// what a signature around it covers.
    private static func tags(inPlaceOf element: XMLElement) -> (start: [UInt8], end: [UInt8]) {
        var prefixes: [String] = []
        var declarations = ""
        var next: XMLElement? = element
        while let current = next {
            let prefix = current.prefix ?? ""
            if let namespace = current.namespace, !prefixes.contains(where: { $0.isIdentical(to: prefix) }) {
                prefixes.append(prefix)
                let name = prefix.isEmpty ? "xmlns" : "xmlns:\(prefix)"
                declarations += " \(name)=\"\(XMLText.escapedAttribute(namespace))\""
            }
            next = current.parent
        }
        return (Array("<holder\(declarations)>".utf8), Array("</holder>".utf8))
    }
}
