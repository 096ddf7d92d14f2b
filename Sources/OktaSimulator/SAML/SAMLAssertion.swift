import FoundationEssentials

/// What an assertion says (SAML Core §2.3.3), each part for itself, so that a test can have any of it wrong.
struct SAMLAssertion: Sendable {
    var id = SAMLMessageID.make()
    var version = "2.0"
    var issuer: String
    var issued: Date
    var nameID: String?
    var nameIDFormat: String?
    var recipient: String?
    var inResponseTo: String?
    var notBefore: Date
    var notOnOrAfter: Date
    /// Until when the confirmation holds.
    var confirmedUntil: Date?
    /// Empty: there is no restriction.
    var audiences: [String]
    /// nil: there is no AuthnStatement.
    var authenticated: Date?
    var sessionIndex: String?
    var sessionEnds: Date?
    var contextClass: String?
    var attributes: [(name: String, values: [String])]

    /// - Parameter hasTypedValues: Whether each attribute value says that it is an xs:string.
    func element(hasTypedValues: Bool) -> XMLElement {
        XMLElement(
            .saml2, "Assertion", ["ID": id, "IssueInstant": issued.xmlDateTime, "Version": version],
            children: [
                SAMLMessageID.issuer(issuer), subject, conditions, authnStatement,
                attributes.isEmpty ? nil : attributeStatement(hasTypedValues: hasTypedValues),
            ]
        ).declaring([.xs])
    }

    private var subject: XMLElement {
        XMLElement(
            .saml2, "Subject",
            children: [
                nameID.map { XMLElement(.saml2, "NameID", ["Format": nameIDFormat], text: $0) },
                XMLElement(
                    .saml2, "SubjectConfirmation", ["Method": "urn:oasis:names:tc:SAML:2.0:cm:bearer"],
                    children: [
                        XMLElement(
                            .saml2, "SubjectConfirmationData",
                            [
                                "InResponseTo": inResponseTo, "NotOnOrAfter": confirmedUntil?.xmlDateTime,
                                "Recipient": recipient,
                            ])
                    ]),
            ])
    }

    private var conditions: XMLElement {
        let restriction = XMLElement(
            .saml2, "AudienceRestriction", children: audiences.map { XMLElement(.saml2, "Audience", text: $0) })
        return XMLElement(
            .saml2, "Conditions", ["NotBefore": notBefore.xmlDateTime, "NotOnOrAfter": notOnOrAfter.xmlDateTime],
            children: audiences.isEmpty ? [] : [restriction])
    }

    private var authnStatement: XMLElement? {
        authenticated.map { authenticated in
            XMLElement(
                .saml2, "AuthnStatement",
                [
                    "AuthnInstant": authenticated.xmlDateTime, "SessionIndex": sessionIndex,
                    "SessionNotOnOrAfter": sessionEnds?.xmlDateTime,
                ],
                children: [
                    XMLElement(
                        .saml2, "AuthnContext",
                        children: [contextClass.map { XMLElement(.saml2, "AuthnContextClassRef", text: $0) }])
                ])
        }
    }

    private func attributeStatement(hasTypedValues: Bool) -> XMLElement {
        XMLElement(
            .saml2, "AttributeStatement",
            children: attributes.map { name, values in
                XMLElement(
                    .saml2, "Attribute",
                    [
                        "Name": name,
                        "NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
                    ],
                    children: values.map { value in
                        let element = XMLElement(.saml2, "AttributeValue", text: value)
                        guard hasTypedValues else { return element }
                        return element.declaring([.xs, .xsi]).setting(.xsi, "type", to: "xs:string")
                    })
            })
    }
}

/// Names and other small parts that all SAML messages have.
enum SAMLMessageID {
    /// `id` and digits, as Okta's.
    static func make() -> String {
        "id" + (0..<22).map { _ in String(Int.random(in: 0...9)) }.joined()
    }

    /// A session that no request began: `id<milliseconds>.<random number>`.
    static func sessionIndex(_ now: Date) -> String {
        "id\(Int(now.timeIntervalSince1970 * 1000)).\(Int.random(in: 100_000_000...2_000_000_000))"
    }

    static func issuer(_ name: String) -> XMLElement {
        XMLElement(.saml2, "Issuer", ["Format": "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"], text: name)
    }
}

extension Date {
    /// With milliseconds, in UTC (SAML Core §1.3.3).
    var xmlDateTime: String {
        formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
