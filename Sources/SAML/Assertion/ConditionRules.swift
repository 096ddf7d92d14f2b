import Identity
import XMLTree

/// What an assertion's Conditions and times must say (SAML Core §2.5, rule 12).
struct ConditionRules {
    let entityID: String
    let clockSkew: Duration
    let now: UnixTime

    /// - Returns: the end of validity; nil when the Conditions set none.
    func check(_ conditions: XMLElement) throws(SAMLRejection) -> UnixTime? {
        if let notBefore = try conditions.optionalTime("NotBefore"), now < notBefore - clockSkew {
            throw SAMLRejection(
                .notYetValid, "the Assertion is not valid yet; compare the gateway's clock with the time (NTP)",
                expected: "NotBefore at \(now + clockSkew) at the latest", found: notBefore.description)
        }
        let notOnOrAfter = try conditions.optionalTime("NotOnOrAfter")
        if let notOnOrAfter, !isAhead(notOnOrAfter) {
            throw SAMLRejection(
                .expired,
                "the Assertion is valid no longer: the sign-in took too long, or the clocks differ (NTP)",
                expected: "NotOnOrAfter later than \(now - clockSkew)", found: notOnOrAfter.description)
        }
        try checkRestrictions(conditions)
        return notOnOrAfter
    }

    /// Whether what ends at this moment has not ended, skew included.
    func isAhead(_ notOnOrAfter: UnixTime) -> Bool { now < notOnOrAfter + clockSkew }

    /// §2.5.1: a condition that is not understood makes the assertion invalid. OneTimeUse is kept by the replay table, and
    /// ProxyRestriction forbids what the gateway never does.
    private func checkRestrictions(_ conditions: XMLElement) throws(SAMLRejection) {
        var restrictions = 0
        var (oneTimeUses, proxyRestrictions) = (0, 0)
        for condition in conditions.children {
            if condition.matches(AssertionName.audienceRestriction) {
                restrictions += 1
                try checkAudience(condition)
            } else if condition.matches(AssertionName.oneTimeUse) {
                oneTimeUses += 1
            } else if condition.matches(AssertionName.proxyRestriction) {
                proxyRestrictions += 1
            } else {
                throw SAMLRejection(
                    .conditionUnknown, "the Assertion is valid under a condition that is not understood here",
                    expected: "AudienceRestriction, OneTimeUse, ProxyRestriction", found: condition.shownName)
            }
        }
        guard oneTimeUses <= 1, proxyRestrictions <= 1, !conditions.hasStrayText else {
            throw AssertionForm.malformed(conditions)
        }
        guard restrictions > 0 else {
            throw SAMLRejection(
                .audienceMissing,
                "the Assertion is for no particular audience, so every application could use it here; \(OktaSetting.saml("Audience URI (SP Entity ID)"))",
                expected: entityID)
        }
    }

    /// §2.5.1.4: each restriction must hold, each holds when one of its audiences is ours.
    private func checkAudience(_ restriction: XMLElement) throws(SAMLRejection) {
        var children = ChildReader(restriction)
        let audiences = children.takeAll(AssertionName.audience).map { $0.text ?? "" }
        guard children.isAtEnd, !restriction.hasStrayText else { throw AssertionForm.malformed(restriction) }
        guard audiences.contains(where: { $0.isIdentical(to: entityID) }) else {
            throw SAMLRejection(
                .audienceMismatch,
                "the Assertion is for another audience; \(OktaSetting.saml("Audience URI (SP Entity ID)")) must be this gateway's entityID, character by character",
                expected: entityID, found: audiences.prefix(8).joined(separator: ", "))
        }
    }
}
