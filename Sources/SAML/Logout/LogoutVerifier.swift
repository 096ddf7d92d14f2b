import Identity
import XMLTree

/// A logout request of the identity provider that fulfils rule 15, but for the replay: who keeps the identifiers of those
/// that came compares `id`. Only `LogoutVerifier` makes one.
package struct VerifiedLogoutRequest: Sendable {
    package let id: String
    package let issuer: String
    package let nameID: NameID
    /// The sessions that end; empty means all of the person's (SAML Core §3.7.3.2).
    package let sessionIndexes: [String]
    /// From then on the request is refused for its age, skew included: until then `id` must be remembered.
    package let expiresAt: UnixTime

    fileprivate init(
        id: String, issuer: String, nameID: NameID, sessionIndexes: [String], expiresAt: UnixTime
    ) {
        self.id = id
        self.issuer = issuer
        self.nameID = nameID
        self.sessionIndexes = sessionIndexes
        self.expiresAt = expiresAt
    }
}

/// The identity provider's answer to a logout request of ours. Only `LogoutVerifier` makes one.
package struct VerifiedLogoutResponse: Sendable {
    /// The identity provider's session has ended, and so have all others that hung on it.
    package let isComplete: Bool
    /// The status codes from the outermost inwards, for the log.
    package let status: String

    fileprivate init(isComplete: Bool, status: String) {
        self.isComplete = isComplete
        self.status = status
    }
}

/// Judges logout messages (SAML Profiles §4.4). Pure: message, keys and time in, a verified message or a reason out.
package struct LogoutVerifier: Sendable {
    private let expectation: LogoutExpectation

    package init(_ expectation: LogoutExpectation) { self.expectation = expectation }

    package func request(
        _ message: RedirectMessage, now: UnixTime
    ) throws(SAMLRejection) -> VerifiedLogoutRequest {
        try request(LogoutEnvelope(message, .request, expectation, now: now), now: now)
    }

    /// - Parameter xml: what `EncodedMessage` made of the form's field.
    package func request(post xml: [UInt8], now: UnixTime) throws(SAMLRejection) -> VerifiedLogoutRequest {
        try request(LogoutEnvelope(post: xml, .request, expectation, now: now), now: now)
    }

    /// - Parameter requestID: of our request that this must answer.
    package func response(
        _ message: RedirectMessage, to requestID: String, now: UnixTime
    ) throws(SAMLRejection) -> VerifiedLogoutResponse {
        try response(LogoutEnvelope(message, .response, expectation, now: now), to: requestID)
    }

    package func response(
        post xml: [UInt8], to requestID: String, now: UnixTime
    ) throws(SAMLRejection) -> VerifiedLogoutResponse {
        try response(LogoutEnvelope(post: xml, .response, expectation, now: now), to: requestID)
    }

    // MARK: The request

    private func request(_ envelope: LogoutEnvelope, now: UnixTime) throws(SAMLRejection) -> VerifiedLogoutRequest {
        let notOnOrAfter = try envelope.root.optionalTime("NotOnOrAfter")
        if let notOnOrAfter, now - expectation.clockSkew >= notOnOrAfter {
            throw SAMLRejection(
                .logoutExpired, "the LogoutRequest has expired; compare the clocks of both sides",
                expected: "after \(now - expectation.clockSkew)", found: notOnOrAfter.description)
        }
        var content = envelope.content
        let nameID = try nameID(&content)
        let indexes = try content.takeAll(ProtocolName.sessionIndex).map { (index) throws(SAMLRejection) in
            guard let text = index.text, !text.isEmpty, text.utf8.count <= MessageHead.mostTextBytes else {
                throw SAMLRejection(.logoutMessageMalformed, "a SessionIndex of the LogoutRequest is no short text")
            }
            return text
        }
        guard content.isAtEnd, indexes.count <= Self.mostSessionIndexes else {
            throw SAMLRejection(
                .logoutMessageMalformed,
                "the LogoutRequest holds something else than one NameID and up to \(Self.mostSessionIndexes) SessionIndexes",
                found: envelope.root.shownChildren)
        }
        let end = notOnOrAfter.map { $0 + expectation.clockSkew } ?? envelope.freshUntil
        return VerifiedLogoutRequest(
            id: envelope.head.id, issuer: envelope.issuer, nameID: nameID, sessionIndexes: indexes,
            expiresAt: min(end, envelope.freshUntil) + .milliseconds(1))
    }

    private func nameID(_ content: inout ChildReader) throws(SAMLRejection) -> NameID {
        guard content.take(AssertionName.encryptedID) == nil else {
            throw SAMLRejection(
                .logoutNameIDEncrypted,
                "the LogoutRequest's NameID is encrypted; let the identity provider send it plain")
        }
        guard let element = content.take(AssertionName.nameID) else {
            throw SAMLRejection(.logoutNameIDMissing, "the LogoutRequest does not say by a NameID who is signed out")
        }
        return try NameID(of: element)
    }

    private static let mostSessionIndexes = 1000

    // MARK: The response

    private func response(
        _ envelope: LogoutEnvelope, to requestID: String
    ) throws(SAMLRejection) -> VerifiedLogoutResponse {
        guard let inResponseTo = envelope.root.attribute("InResponseTo") else {
            throw SAMLRejection(
                .inResponseToMissing, "the LogoutResponse does not say which request it answers", expected: requestID)
        }
        guard inResponseTo.isIdentical(to: requestID) else {
            throw SAMLRejection(
                .inResponseToMismatch, "the LogoutResponse answers another request", expected: requestID,
                found: inResponseTo)
        }
        var content = envelope.content
        guard let status = content.take(ProtocolName.status), content.isAtEnd else {
            throw SAMLRejection(
                .logoutMessageMalformed, "the LogoutResponse holds something else than one Status",
                found: envelope.root.shownChildren)
        }
        let codes = try ResponseStatus.values(of: status)
        // Core §3.7.3.2: a session that could not be ended shows as Success with PartialLogout within.
        let isComplete =
            codes[0].isIdentical(to: ResponseStatus.success)
            && !codes.dropFirst().contains { $0.isIdentical(to: Self.partialLogout) }
        return VerifiedLogoutResponse(isComplete: isComplete, status: codes.joined(separator: " / ").clipped(256))
    }

    private static let partialLogout = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
}
