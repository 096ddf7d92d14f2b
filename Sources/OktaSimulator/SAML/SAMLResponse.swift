import FoundationEssentials

/// A Response (SAML Core §3.2.2) before it is signed.
struct SAMLResponse: Sendable {
    var id = SAMLMessageID.make()
    var version = "2.0"
    var issuer: String
    var destination: String?
    var inResponseTo: String?
    var issued: Date
    var status = SAMLStatus.success
    var assertion: SAMLAssertion?
    /// What is wrong with its shape; normally nothing.
    var structure: SAMLStructure?
}

/// What tests order to be wrong with a Response's shape.
package enum SAMLStructure: String, Sendable, CaseIterable {
    /// The assertion comes twice.
    case duplicateAssertion = "duplicate-assertion"
    /// An unsigned assertion about somebody else stands before the signed one, with the same ID.
    case forgedAssertionFirst = "forged-assertion-first"
    case noAssertion = "no-assertion"
}

extension SAMLResponse {
    /// Signs, encrypts and signs again, in this order, as the app wants it.
    ///
    /// - Parameter forgery: What is wrong with the signatures, and whether only with one of them.
    func document(
        for app: SAMLApp, key: SAMLSigningKey, forgery: SAMLForgery? = nil, at place: SAMLForgeryPlace? = nil
    ) throws -> String {
        func signature(_ here: SAMLForgeryPlace) -> EnvelopedSignature {
            EnvelopedSignature(
                key: key, algorithm: app.signatureAlgorithm, digest: app.digestAlgorithm,
                inclusivePrefixes: app.hasPrefixList ? [XMLVocabulary.xs.rawValue] : [],
                forgery: place == nil || place == here ? forgery : nil)
        }
        var element = XMLElement(
            .saml2p, "Response",
            [
                "Destination": destination, "ID": id, "InResponseTo": inResponseTo,
                "IssueInstant": issued.xmlDateTime, "Version": version,
            ],
            children: [SAMLMessageID.issuer(issuer), status.element]
        ).declaring([.xs])
        if let assertion {
            var signed = assertion.element(hasTypedValues: app.hasTypedValues)
            if app.signsAssertion { signed = try signature(.assertion).sign(signed) }
            for assertion in arranged(signed, app) {
                element.children.append(.element(try app.encrypted(assertion)))
            }
        }
        if app.signsResponse { element = try signature(.response).sign(element) }
        return XMLWriter.document(element)
    }

    private func arranged(_ signed: XMLElement, _ app: SAMLApp) -> [XMLElement] {
        switch structure {
        case nil: return [signed]
        case .noAssertion: return []
        case .duplicateAssertion: return [signed, signed]
        case .forgedAssertionFirst:
            var forged = assertion
            forged?.nameID = "forged@example.com"
            return [forged?.element(hasTypedValues: app.hasTypedValues), signed].compactMap(\.self)
        }
    }
}

/// Which of a Response's signatures a forgery concerns.
package enum SAMLForgeryPlace: String, Sendable, CaseIterable {
    case response
    case assertion
}
