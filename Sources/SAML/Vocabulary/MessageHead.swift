import Identity
import XMLTree

/// What every message and assertion begins with: Version, ID and IssueInstant (SAML Core §2.3.3, §3.2.1).
struct MessageHead {
    let id: String
    let issueInstant: UnixTime

    init(of element: XMLElement) throws(SAMLRejection) {
        let version = element.attribute("Version")
        guard let version, version.isIdentical(to: "2.0") else {
            throw SAMLRejection(
                .versionUnsupported, "the \(element.localName) is of another version of SAML than 2.0",
                expected: "2.0", found: version)
        }
        guard let id = element.attribute("ID"), !id.isEmpty, id.utf8.count <= Self.mostIdentifierBytes else {
            throw SAMLRejection(
                .idMissing,
                "the \(element.localName) has no ID, or one of more than \(Self.mostIdentifierBytes) bytes; nothing can refer to it"
            )
        }
        self.id = id
        issueInstant = try element.time("IssueInstant")
    }

    private static let mostIdentifierBytes = 4096
    /// What texts that are kept may have.
    static let mostTextBytes = 512
}

extension XMLElement {
    /// A time that must be there.
    func time(_ attribute: StaticString) throws(SAMLRejection) -> UnixTime {
        guard let time = try optionalTime(attribute) else {
            throw SAMLRejection(.timeMalformed, "the \(localName) has no \(attribute)")
        }
        return time
    }

    /// SAML Core §1.3.3: xs:dateTime in UTC, which is written with `Z` and nothing else.
    func optionalTime(_ attribute: StaticString) throws(SAMLRejection) -> UnixTime? {
        guard let text = self.attribute(attribute) else { return nil }
        guard text.utf8.count <= 64, text.utf8.last == UInt8(ascii: "Z"),
            text.utf8.dropFirst(10).first == UInt8(ascii: "T"),
            let time = UnixTime(rfc3339: text)
        else {
            throw SAMLRejection(
                .timeMalformed, "\(attribute) of the \(localName) is no time in UTC like 2026-11-22T09:52:51.000Z",
                found: text)
        }
        return time
    }

    /// The name of who issued this (SAML Core §2.2.5); the element is an Issuer.
    ///
    /// - Throws: `issuer_mismatch` unless it is the expected one, byte for byte.
    func checkIssuer(_ expected: String, of message: String) throws(SAMLRejection) {
        let format = attribute("Format")
        guard format == nil || format?.isIdentical(to: Self.entityFormat) == true else {
            throw SAMLRejection(
                .issuerMismatch, "the \(message)'s Issuer is not named as an entity", expected: Self.entityFormat,
                found: format)
        }
        guard let name = text, name.isIdentical(to: expected) else {
            throw SAMLRejection(
                .issuerMismatch,
                "the \(message) is issued by somebody else than the configured identity provider; compare `issuer` with \(OktaSetting.signOn("Issuer"))",
                expected: expected, found: text)
        }
    }

    private static let entityFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
}
