import Identity
import XMLTree

/// What the AuthnStatements say (SAML Core §2.7.2). There is one in practice; of several the first is told of, and the
/// session ends by the first end that any of them names.
struct AuthenticationFacts {
    let authenticatedAt: UnixTime
    let sessionIndex: String?
    let contextClass: String?
    let sessionEndsBy: UnixTime?

    /// - Parameter issueInstant: of the assertion.
    init(_ statements: [XMLElement], issuedAt issueInstant: UnixTime, times: ConditionRules) throws(SAMLRejection) {
        var facts: (authenticatedAt: UnixTime, sessionIndex: String?, contextClass: String?)?
        var sessionEndsBy: UnixTime?
        for statement in statements {
            let authenticatedAt = try statement.time("AuthnInstant")
            // By the provider's own clock: ours may be some minutes behind it, as NotBefore allows.
            guard authenticatedAt <= issueInstant + times.clockSkew else {
                throw SAMLRejection(
                    .notYetValid, "the person is said to authenticate later than this is said",
                    expected: "AuthnInstant at \(issueInstant + times.clockSkew) at the latest",
                    found: authenticatedAt.description)
            }
            let contextClass = try Self.contextClass(of: statement)
            let sessionIndex = statement.attribute("SessionIndex")
            guard (sessionIndex ?? "").utf8.count <= MessageHead.mostTextBytes,
                (contextClass ?? "").utf8.count <= MessageHead.mostTextBytes
            else { throw AssertionForm.malformed(statement) }
            if let end = try statement.optionalTime("SessionNotOnOrAfter") {
                guard times.isAhead(end) else {
                    throw SAMLRejection(
                        .sessionExpired, "the identity provider's session had ended already; sign in there again",
                        expected: "SessionNotOnOrAfter later than \(times.now - times.clockSkew)",
                        found: end.description)
                }
                // An end that lies ahead is taken at its word. One that our clock has passed, but not the skew, would end the
                // session before it is used, and send the browser round; so that one gets the skew.
                let ours = times.now < end ? end : end + times.clockSkew
                sessionEndsBy = min(ours, sessionEndsBy ?? ours)
            }
            facts = facts ?? (authenticatedAt, sessionIndex, contextClass)
        }
        guard let facts else {
            throw SAMLRejection(.authnStatementMissing, "the Assertion has no AuthnStatement")
        }
        // A clock ahead of ours must not make the sign-in younger than now.
        authenticatedAt = min(facts.authenticatedAt, times.now)
        sessionIndex = facts.sessionIndex
        contextClass = facts.contextClass
        self.sessionEndsBy = sessionEndsBy
    }

    private static func contextClass(of statement: XMLElement) throws(SAMLRejection) -> String? {
        let contexts = statement.children(AssertionName.authnContext)
        guard contexts.count == 1, !statement.hasStrayText else { throw AssertionForm.malformed(statement) }
        let classes = contexts[0].children(AssertionName.authnContextClassRef)
        guard classes.count <= 1 else { throw AssertionForm.malformed(contexts[0]) }
        guard let reference = classes.first else { return nil }
        guard let text = reference.text, !text.isEmpty else { throw AssertionForm.malformed(reference) }
        return text
    }

    /// Whether it is as recent and as strong as was asked for.
    func check(against expectation: ResponseExpectation, now: UnixTime) throws(SAMLRejection) {
        if let maximumAge = expectation.maximumAge, now > authenticatedAt + maximumAge + expectation.clockSkew {
            throw SAMLRejection(
                .authenticationTooOld,
                "the person authenticated longer ago than was asked for; \(OktaSetting.advanced("Honor Force Authentication: Yes"))",
                expected: "AuthnInstant at \(now - maximumAge - expectation.clockSkew) or later",
                found: authenticatedAt.description)
        }
        if let earliest = expectation.authenticatedAfter, authenticatedAt + expectation.clockSkew < earliest {
            throw SAMLRejection(
                .authenticationTooOld,
                "the person was to authenticate anew and did not; \(OktaSetting.advanced("Honor Force Authentication: Yes"))",
                expected: "AuthnInstant at \(earliest - expectation.clockSkew) or later",
                found: authenticatedAt.description)
        }
        let asked = expectation.contextClasses
        guard asked.isEmpty || asked.contains(where: { $0.isIdentical(to: contextClass ?? "") }) else {
            throw SAMLRejection(
                .contextClassMismatch,
                "the person authenticated in another way than was asked for; \(OktaSetting.advanced("Authentication context class"))",
                expected: asked.joined(separator: ", "), found: contextClass)
        }
    }
}
