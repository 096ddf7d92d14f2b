/// A Response as Okta sends it, written as text. A test changes one thing and leaves the rest.
package struct ResponseText {
    package static let issuer = "http://www.okta.com/exk1example"
    package static let entityID = "https://sso.example.com/login/saml/okta-saml/metadata"
    package static let acsURL = "https://sso.example.com/login/saml/okta-saml"
    package static let requestID = "_0123456789abcdef0123456789abcdef"
    package static let success = "urn:oasis:names:tc:SAML:2.0:status:Success"
    package static let protocolNamespace = "urn:oasis:names:tc:SAML:2.0:protocol"
    package static let assertionNamespace = "urn:oasis:names:tc:SAML:2.0:assertion"
    package static let schema = "http://www.w3.org/2001/XMLSchema"
    package static let instance = "http://www.w3.org/2001/XMLSchema-instance"

    /// Nil where there is none.
    package var responseSignature: SignatureText?
    package var assertionSignature: SignatureText?
    package var encryption: EncryptionText?

    package var responseAttributes = [
        ("Destination", acsURL), ("ID", "id4711"), ("InResponseTo", requestID),
        ("IssueInstant", "2026-11-22T10:00:00.000Z"), ("Version", "2.0"),
    ]
    package var responseIssuer = issuerElement()
    package var status = statusElement(success)
    package var assertionAttributes = [
        ("ID", "id4712"), ("IssueInstant", "2026-11-22T10:00:00.000Z"), ("Version", "2.0"),
    ]
    package var assertionIssuer = issuerElement()
    package var nameID = nameIDElement("ada@example.com")
    package var confirmation = confirmationElement()
    package var conditions = conditionsElement()
    package var authnStatement = authnStatementElement()
    package var attributeStatement =
        "<saml2:AttributeStatement>" + attribute("email", "ada@example.com")
        + attribute("displayName", "Ada Lovelace") + attribute("groups", "Everyone", "infraon-admins")
        + "</saml2:AttributeStatement>"

    /// Changes before the respective signature.
    package var editAssertion: (String) -> String = { $0 }
    package var editResponse: (String) -> String = { $0 }
    /// Changes after both.
    package var edit: (String) -> String = { $0 }

    /// Signed twice by one key, not encrypted.
    package init(signature: SignatureText?) {
        responseSignature = signature
        assertionSignature = signature
    }

    package func changed(_ change: (inout ResponseText) -> Void) -> ResponseText {
        var copy = self
        change(&copy)
        return copy
    }

    package mutating func set(
        _ name: String, of attributes: WritableKeyPath<ResponseText, [(String, String)]>, to value: String?
    ) {
        self[keyPath: attributes].removeAll { $0.0 == name }
        if let value { self[keyPath: attributes].append((name, value)) }
    }

    package func xml() throws -> [UInt8] { Array(try text().utf8) }

    package func text() throws -> String {
        let assertion = try signed(
            editAssertion(assertionText()), attributes: assertionAttributes, by: assertionSignature)
        let content = encryption?.text(holding: assertion) ?? assertion
        let response = try signed(
            editResponse(responseText(holding: content)), attributes: responseAttributes, by: responseSignature)
        return edit("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + response)
    }

    // MARK: Parts

    /// Where a signature goes.
    private static let mark = "[signature]"

    private func responseText(holding content: String) -> String {
        "<saml2p:Response xmlns:saml2p=\"\(Self.protocolNamespace)\"\(Self.written(responseAttributes))>"
            + responseIssuer + Self.responseMark + status + content + "</saml2p:Response>"
    }

    private func assertionText() -> String {
        "<saml2:Assertion xmlns:saml2=\"\(Self.assertionNamespace)\" xmlns:xs=\"\(Self.schema)\""
            + "\(Self.written(assertionAttributes))>" + assertionIssuer + Self.mark
            + "<saml2:Subject>\(nameID)\(confirmation)</saml2:Subject>" + conditions + authnStatement
            + attributeStatement + "</saml2:Assertion>"
    }

    private static let responseMark = "[response]"

    private func signed(
        _ text: String, attributes: [(String, String)], by signature: SignatureText?
    ) throws -> String {
        let mark = text.contains(Self.responseMark) ? Self.responseMark : Self.mark
        let bare = text.replacing(mark, with: "")
        guard let signature else { return bare }
        let id = attributes.first { $0.0 == "ID" }?.1 ?? ""
        return text.replacing(mark, with: try signature.text(over: bare, id: id))
    }

    private static func written(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\($0.1)\"" }.joined()
    }

    package static func issuerElement(
        _ name: String = issuer, format: String? = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
    ) -> String {
        let format = format.map { " Format=\"\($0)\"" } ?? ""
        return "<saml2:Issuer xmlns:saml2=\"\(assertionNamespace)\"\(format)>\(name)</saml2:Issuer>"
    }

    package static func statusElement(_ codes: String..., message: String = "") -> String {
        let nested = codes.reversed().reduce("") { "<saml2p:StatusCode Value=\"\($1)\">\($0)</saml2p:StatusCode>" }
        let message = message.isEmpty ? "" : "<saml2p:StatusMessage>\(message)</saml2p:StatusMessage>"
        return "<saml2p:Status>\(nested)\(message)</saml2p:Status>"
    }

    package static func nameIDElement(
        _ name: String, format: String? = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    ) -> String {
        "<saml2:NameID\(format.map { " Format=\"\($0)\"" } ?? "")>\(name)</saml2:NameID>"
    }

    /// - Parameter changes: attributes of the SubjectConfirmationData; nil takes one out.
    package static func confirmationElement(
        method: String = "urn:oasis:names:tc:SAML:2.0:cm:bearer", _ changes: [(String, String?)] = []
    ) -> String {
        var attributes = [
            ("InResponseTo", requestID), ("NotOnOrAfter", "2026-11-22T10:05:00.000Z"), ("Recipient", acsURL),
        ]
        for (name, value) in changes {
            attributes.removeAll { $0.0 == name }
            if let value { attributes.append((name, value)) }
        }
        return
            "<saml2:SubjectConfirmation Method=\"\(method)\"><saml2:SubjectConfirmationData\(written(attributes))/></saml2:SubjectConfirmation>"
    }

    package static func audienceElement(_ audiences: String...) -> String {
        "<saml2:AudienceRestriction>" + audiences.map { "<saml2:Audience>\($0)</saml2:Audience>" }.joined()
            + "</saml2:AudienceRestriction>"
    }

    package static func conditionsElement(
        notBefore: String? = "2026-11-22T09:55:00.000Z", notOnOrAfter: String? = "2026-11-22T10:05:00.000Z",
        _ content: String = audienceElement(entityID)
    ) -> String {
        let times = [("NotBefore", notBefore), ("NotOnOrAfter", notOnOrAfter)]
        return
            "<saml2:Conditions\(written(times.compactMap { name, time in time.map { (name, $0) } }))>\(content)</saml2:Conditions>"
    }

    package static func authnStatementElement(
        at instant: String = "2026-11-22T10:00:00.000Z", sessionEnd: String? = nil,
        context: String = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    ) -> String {
        let end = sessionEnd.map { " SessionNotOnOrAfter=\"\($0)\"" } ?? ""
        return
            "<saml2:AuthnStatement AuthnInstant=\"\(instant)\" SessionIndex=\"\(requestID)\"\(end)><saml2:AuthnContext>"
            + "<saml2:AuthnContextClassRef>\(context)</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>"
    }

    package static func attribute(_ name: String, _ values: String...) -> String {
        attribute(name, values: values)
    }

    package static func attribute(_ name: String, values: [String]) -> String {
        let type = "xmlns:xsi=\"\(instance)\" xsi:type=\"xs:string\""
        return "<saml2:Attribute Name=\"\(name)\">"
            + values.map { "<saml2:AttributeValue \(type)>\($0)</saml2:AttributeValue>" }.joined()
            + "</saml2:Attribute>"
    }
}
