import Identity
import XMLTree

/// What confirms that the bearer of an assertion is its subject (SAML Profiles §4.1.4.2, §4.1.4.3).
///
/// Recipient and InResponseTo are read here, from what is signed, and not from the Response around it (rule 10).
struct ConfirmationRules {
    let acsURL: String
    let answers: ResponseExpectation.Answers
    let times: ConditionRules

    private static let bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

    /// One bearer confirmation that fulfils everything is enough.
    ///
    /// - Returns: the latest end of those that do.
    func check(_ confirmations: [XMLElement]) throws(SAMLRejection) -> UnixTime {
        var latestEnd: UnixTime?
        var firstRejection: SAMLRejection?
        for confirmation in confirmations where isBearer(confirmation) {
            do throws(SAMLRejection) {
                let end = try check(confirmation)
                latestEnd = max(end, latestEnd ?? end)
            } catch {
                firstRejection = firstRejection ?? error
            }
        }
        if let latestEnd { return latestEnd }
        throw firstRejection
            ?? SAMLRejection(
                .confirmationMissing, "the Subject has no SubjectConfirmation by bearer, which a browser's is",
                expected: Self.bearer,
                found: confirmations.prefix(8).compactMap { $0.attribute("Method") }.joined(separator: ", "))
    }

    private func isBearer(_ confirmation: XMLElement) -> Bool {
        confirmation.attribute("Method")?.isIdentical(to: Self.bearer) == true
    }

    private func check(_ confirmation: XMLElement) throws(SAMLRejection) -> UnixTime {
        var children = ChildReader(confirmation)
        _ = children.take(AssertionName.nameID)
        guard let data = children.take(AssertionName.subjectConfirmationData), children.isAtEnd,
            !confirmation.hasStrayText
        else { throw AssertionForm.malformed(confirmation) }
        try checkRecipient(data)
        guard data.attribute("NotBefore") == nil else {
            throw SAMLRejection(
                .confirmationNotBefore, "the bearer's SubjectConfirmationData has a NotBefore, which it must not have")
        }
        guard let notOnOrAfter = try data.optionalTime("NotOnOrAfter") else {
            throw SAMLRejection(
                .confirmationExpiryMissing,
                "the SubjectConfirmationData has no NotOnOrAfter, so the Assertion could be delivered at any time")
        }
        guard times.isAhead(notOnOrAfter) else {
            throw SAMLRejection(
                .confirmationExpired,
                "the Assertion came after the time in which it could be delivered: the sign-in took too long, or the clocks differ (NTP)",
                expected: "NotOnOrAfter later than \(times.now - times.clockSkew)", found: notOnOrAfter.description)
        }
        try answers.check(data)
        return notOnOrAfter
    }

    private func checkRecipient(_ data: XMLElement) throws(SAMLRejection) {
        guard let recipient = data.attribute("Recipient") else {
            throw SAMLRejection(
                .recipientMissing, "the SubjectConfirmationData names no Recipient", expected: acsURL)
        }
        guard recipient.isIdentical(to: acsURL) else {
            throw SAMLRejection(
                .recipientMismatch,
                "the Assertion is for delivery at another address; \(OktaSetting.saml("Single sign-on URL, and Recipient URL")) must be this gateway's",
                expected: acsURL, found: recipient)
        }
    }
}
