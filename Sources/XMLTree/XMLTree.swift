// XMLTree: XML as strictly as a signature needs it; the product's only use of libxml2.
//
// Owns: the pre-filter on the bytes, the hardened parse, looking at elements and attributes by expanded name, exclusive
// canonicalisation, and escaping of text that is written.
// Does not own: what any element means (SAML), or cryptography.
// Flow: bytes → `XMLScan` (refuses what has no place in a message) → `XMLDocument` → `XMLElement` → canonical bytes.

/// Why bytes are not the XML that is accepted here.
package struct XMLRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// Stable codes; they reach logs and administrators.
    package enum Reason: String, Sendable, CaseIterable {
        case empty = "xml_empty"
        /// More bytes than allowed, or a name of a namespace that is.
        case tooLarge = "xml_too_large"
        case notUTF8 = "xml_not_utf8"
        /// NUL and what else XML 1.0 §2.2 does not count among the characters.
        case controlCharacter = "xml_control_character"
        case documentType = "xml_doctype"
        case comment = "xml_comment"
        case processingInstruction = "xml_processing_instruction"
        case cdata = "xml_cdata"
        /// `<?xml …?>` anywhere but at the first byte, or with another version than 1.0 or another encoding than UTF-8.
        case declarationMalformed = "xml_declaration_malformed"
        case tooDeep = "xml_too_deep"
        case tooManyNodes = "xml_too_many_nodes"
        case tooManyAttributes = "xml_too_many_attributes"
        /// Declared in scope of one element: a bomb for canonicalisation.
        case tooManyNamespaces = "xml_too_many_namespaces"
        case malformed = "xml_malformed"
        /// A name that is no qualified name (Namespaces in XML 1.0 §4), such as one with two colons.
        case nameMalformed = "xml_name_malformed"
        /// A namespace whose name is no absolute URI: canonicalisation is undefined for it (Canonical XML 1.0 §1.3).
        case namespaceRelative = "xml_namespace_relative"
        case canonicalizationFailed = "canonicalization_failed"
        /// A run of combining marks that no language writes, and that is costly to compare (`StreamSafeText`).
        case combiningMarks = "xml_combining_marks"
    }

    package let reason: Reason
    /// A sentence for an administrator; never text of the message.
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { "\(reason.rawValue): \(detail)" }
}

/// How much XML is looked at. What is exactly as large as a limit passes.
package struct XMLLimits: Sendable {
    package var bytes = 1 << 20
    /// Elements in one another, the root counted.
    package var depth = 64
    /// Elements, attributes, namespace declarations and runs of text.
    package var nodes = 50_000
    /// Attributes and namespace declarations of one element.
    package var attributes = 100
    /// Namespace declarations on one element and all around it.
    package var namespaces = 256
    /// Bytes of one namespace's name. Canonicalisation repeats it wherever it is used.
    package var namespaceName = 512
    /// Bytes of the canonical form of one element; what is honest needs little more than it has.
    package var canonicalBytes = 8 << 20

    package init() {}

    package static let standard = XMLLimits()
}
