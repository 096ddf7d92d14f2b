import Identity
import XMLTree

/// Who somebody is, in the identity provider's words (SAML Core §2.2.3).
package struct NameID: Sendable, Equatable {
    package let value: String
    /// The full URN; `…:unspecified` when the message names none (§8.3.1).
    package let format: String
    package let nameQualifier: String?
    package let spNameQualifier: String?

    package static let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    package static let emailAddress = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

    /// Compared byte by byte, as everything that grants something is.
    package static func == (left: NameID, right: NameID) -> Bool {
        left.value.isIdentical(to: right.value) && left.format.isIdentical(to: right.format)
            && isIdentical(left.nameQualifier, right.nameQualifier)
            && isIdentical(left.spNameQualifier, right.spNameQualifier)
    }

    private static func isIdentical(_ left: String?, _ right: String?) -> Bool {
        switch (left, right) {
        case (nil, nil): true
        case (let left?, let right?): left.isIdentical(to: right)
        default: false
        }
    }

    /// - Throws: `name_id_malformed`; never with the name.
    init(of element: XMLElement) throws(SAMLRejection) {
        guard let value = element.text, Self.isUsable(value), value.utf8.contains(where: { $0 != 0x20 }) else {
            throw SAMLRejection(
                .nameIDMalformed,
                "the NameID is empty, longer than \(MessageHead.mostTextBytes) bytes, or holds control characters or elements; \(OktaSetting.saml("Application username"))"
            )
        }
        self.value = value
        format = element.attribute("Format") ?? Self.unspecified
        nameQualifier = element.attribute("NameQualifier")
        spNameQualifier = element.attribute("SPNameQualifier")
        guard [format, nameQualifier, spNameQualifier].compactMap(\.self).allSatisfy(Self.isUsable) else {
            throw SAMLRejection(
                .nameIDMalformed,
                "an attribute of the NameID is empty, longer than \(MessageHead.mostTextBytes) bytes or holds control characters"
            )
        }
    }

    /// One that was verified when the session began and has been kept since, to sign the same person out: see
    /// `LogoutSubject`.
    init(value: String, format: String, nameQualifier: String?, spNameQualifier: String?) {
        self.value = value
        self.format = format
        self.nameQualifier = nameQualifier
        self.spNameQualifier = spNameQualifier
    }

    private static func isUsable(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= MessageHead.mostTextBytes
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
