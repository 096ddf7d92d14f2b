import Cryptography
import Identity
import StrictJSON
import XMLTree

/// What an administrator is told about a response that was refused: which rule, what was expected, what came.
///
/// All of it but the rule and the expectation is UNVERIFIED: read as far as it can be from a message that nobody vouches
/// for. It never holds the value of an attribute, the NameID's value or the message.
package struct ResponseTrace: Sendable {
    package let json: JSON

    package init(xml: [UInt8], rejection: SAMLRejection, expectation: ResponseExpectation, now: UnixTime) {
        var members: [(String, JSON)] = [
            ("rule", .integer(Int64(rejection.rule))), ("code", .string(rejection.code)),
            ("expected", JSON(rejection.expected)), ("found", JSON(rejection.found)),
            ("now", .string(now.description)), ("bytes", .integer(Int64(xml.count))),
            ("pinned", .array(expectation.certificates.prefix(UnverifiedFacts.mostItems).map(Self.pinned))),
        ]
        // A message that is refused for its bytes is not looked into: what it holds is what is dangerous.
        if let document = try? XMLDocument(xml) {
            members += UnverifiedFacts(root: document.root, now: now).members
        }
        json = .object(JSONObject(members))
    }

    private static func pinned(_ certificate: Certificate) -> JSON {
        ["fingerprint": .string(certificate.fingerprint), "not_after": .string(certificate.notAfter.description)]
    }
}

/// Facts of a message that is well-formed XML, and nothing more is known of it.
private struct UnverifiedFacts {
    /// Of each list; what is sent a thousand times is told a few times.
    static let mostItems = 12
    private static let mostTextBytes = 160

    let members: [(String, JSON)]

    init(root: XMLElement, now: UnixTime) {
        var members: [(String, JSON)] = []
        let instant = Self.time(root, "IssueInstant")
        members.append(("clock_difference_seconds", instant.map { .integer(now.seconds - $0.seconds) } ?? .null))
        let status = root.children(ProtocolName.status).first.flatMap { try? ResponseStatus.values(of: $0) }
        members.append(
            (
                "response",
                .object(
                    JSONObject([
                        ("id", Self.text(root.attribute("ID"))), ("issuer", Self.issuer(of: root)),
                        ("destination", Self.text(root.attribute("Destination"))),
                        ("in_response_to", Self.text(root.attribute("InResponseTo"))),
                        ("issue_instant", Self.text(root.attribute("IssueInstant"))),
                        ("status", Self.text(status?.joined(separator: " / "))),
                    ]))
            ))
        let assertion = root.children(AssertionName.assertion).first
        if let assertion { members.append(("assertion", Self.facts(ofAssertion: assertion))) }
        members.append(
            ("signatures", .array([root, assertion].compactMap { $0.flatMap(Self.facts(ofSignatureIn:)) })))
        if let encrypted = root.children(AssertionName.encryptedAssertion).first {
            members.append(("encrypted", Self.facts(ofEncrypted: encrypted)))
        }
        self.members = members
    }

    private static func facts(ofAssertion assertion: XMLElement) -> JSON {
        let conditions = assertion.children(AssertionName.conditions).first
        let subject = assertion.children(AssertionName.subject).first
        let confirmation = subject?.children(AssertionName.subjectConfirmation).first?
            .children(AssertionName.subjectConfirmationData).first
        let nameID = subject?.children(AssertionName.nameID).first
        let statement = assertion.children(AssertionName.authnStatement).first
        let audiences = (conditions?.children(AssertionName.audienceRestriction) ?? [])
            .flatMap { $0.children(AssertionName.audience) }
        let attributes = assertion.children(AssertionName.attributeStatement).flatMap(\.children)
        return .object(
            JSONObject([
                ("issuer", issuer(of: assertion)), ("not_before", text(conditions?.attribute("NotBefore"))),
                ("not_on_or_after", text(conditions?.attribute("NotOnOrAfter"))),
                ("recipient", text(confirmation?.attribute("Recipient"))),
                ("audiences", .array(audiences.prefix(mostItems).map { text($0.text) })),
                ("authn_instant", text(statement?.attribute("AuthnInstant"))),
                ("name_id_format", text(nameID.map { $0.attribute("Format") ?? NameID.unspecified })),
                ("attributes", .array(attributes.prefix(mostItems).map(facts(ofAttribute:)))),
            ]))
    }

    private static func facts(ofAttribute attribute: XMLElement) -> JSON {
        [
            "name": text(attribute.attribute("Name")),
            "values": .integer(Int64(attribute.children(AssertionName.attributeValue).count)),
        ]
    }

    private static func facts(ofSignatureIn element: XMLElement) -> JSON? {
        guard let signature = element.children(SignatureName.signature).first else { return nil }
        let info = signature.children(SignatureName.signedInfo).first
        let reference = info?.children(SignatureName.reference).first
        let keyInfo = signature.children(SignatureName.keyInfo).first
        return [
            "of": .string(element.localName.clipped(mostTextBytes)),
            "algorithm": text(info?.children(SignatureName.signatureMethod).first?.attribute("Algorithm")),
            "digest": text(reference?.children(SignatureName.digestMethod).first?.attribute("Algorithm")),
            "key_info_fingerprint": text(KeyHint.fingerprint(keyInfo)),
        ]
    }

    private static func facts(ofEncrypted encrypted: XMLElement) -> JSON {
        let data = encrypted.children(EncryptionName.encryptedData).first
        let nested = data?.children(SignatureName.keyInfo).first?.children(EncryptionName.encryptedKey).first
        let key = nested ?? encrypted.children(EncryptionName.encryptedKey).first
        let method = key?.children(EncryptionName.encryptionMethod).first
        return [
            "algorithm": text(data?.children(EncryptionName.encryptionMethod).first?.attribute("Algorithm")),
            "key_transport": text(method?.attribute("Algorithm")),
            "key_digest": text(method?.children(SignatureName.digestMethod).first?.attribute("Algorithm")),
            "key_mask": text(method?.children(EncryptionName.maskGeneration).first?.attribute("Algorithm")),
            "key_is_nested": .bool(nested != nil),
        ]
    }

    private static func issuer(of element: XMLElement) -> JSON {
        text(element.children(AssertionName.issuer).first?.text)
    }

    private static func time(_ element: XMLElement, _ attribute: StaticString) -> UnixTime? {
        (try? element.optionalTime(attribute)).flatMap(\.self)
    }

    private static func text(_ text: String?) -> JSON { JSON(text?.clipped(mostTextBytes)) }
}
