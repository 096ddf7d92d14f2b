import Identity
import XMLTree

/// An assertion that fulfils every rule of the profile but for the replay: who keeps the identifiers of those that came
/// compares `id` (rule 14). Only the verifier makes one.
package struct VerifiedAssertion: Sendable {
    package let issuer: String
    package let id: String
    package let nameID: NameID
    /// The identity provider's own name of its session, for logout.
    package let sessionIndex: String?
    package let authenticatedAt: UnixTime?
    /// How the person authenticated (AuthnContextClassRef).
    package let contextClass: String?
    /// The first SessionNotOnOrAfter: no session of ours may last longer.
    package let sessionEndsBy: UnixTime?
    /// As sent; values of a name that came several times are put together in their order.
    package let attributes: [(name: String, values: [String])]
    /// From then on the assertion is refused for its age, skew included: until then `id` must be remembered.
    package let expiresAt: UnixTime
    package let inResponseTo: String?
    /// The fingerprint of the pinned certificate whose key signed it.
    package let signedWith: String

    fileprivate init(
        form: AssertionForm, issuer: String, nameID: NameID, authentication: AuthenticationFacts,
        attributes: [(name: String, values: [String])], expiresAt: UnixTime, inResponseTo: String?, signedWith: String
    ) {
        self.issuer = issuer
        id = form.head.id
        self.nameID = nameID
        sessionIndex = authentication.sessionIndex
        authenticatedAt = authentication.authenticatedAt
        contextClass = authentication.contextClass
        sessionEndsBy = authentication.sessionEndsBy
        self.attributes = attributes
        self.expiresAt = expiresAt
        self.inResponseTo = inResponseTo
        self.signedWith = signedWith
    }

    /// The values of an attribute, by its exact name; none when it is not there.
    package func values(of name: String) -> [String] {
        attributes.first { $0.name.isIdentical(to: name) }?.values ?? []
    }
}

/// Judges what a signed assertion says (rules 12 and 13).
struct AssertionVerifier {
    let expectation: ResponseExpectation
    let now: UnixTime

    func verify(_ signed: SignedAssertion) throws(SAMLRejection) -> VerifiedAssertion {
        let form = try AssertionForm(signed.element)
        try form.issuer.checkIssuer(expectation.issuer, of: "Assertion")
        let times = ConditionRules(entityID: expectation.entityID, clockSkew: expectation.clockSkew, now: now)
        let conditionsEnd = try times.check(form.conditions)
        let confirmation = ConfirmationRules(
            acsURL: expectation.acsURL, answers: expectation.answers, times: times)
        let confirmationEnd = try confirmation.check(form.confirmations)
        let nameID = try NameID(of: form.nameID)
        let authentication = try AuthenticationFacts(
            form.authnStatements, issuedAt: form.head.issueInstant, times: times)
        try authentication.check(against: expectation, now: now)
        let attributes = try AttributeReading(form.attributeStatements).attributes
        return VerifiedAssertion(
            form: form, issuer: expectation.issuer, nameID: nameID, authentication: authentication,
            attributes: attributes,
            expiresAt: min(confirmationEnd, conditionsEnd ?? confirmationEnd) + expectation.clockSkew,
            inResponseTo: expectation.answers.requestID, signedWith: signed.signedWith)
    }
}

extension ResponseExpectation.Answers {
    fileprivate var requestID: String? {
        if case .request(let id) = self { id } else { nil }
    }
}
