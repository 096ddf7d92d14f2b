import Identity

/// The answer to a logout request of the identity provider (SAML Core §3.7.2, Profiles §4.4.4.2).
package struct LogoutResponse: Sendable {
    package let id: String
    package let issueInstant: UnixTime
    package let destination: String
    package let issuer: String
    /// The ID of the request.
    package let inResponseTo: String
    package let isSuccess: Bool

    package init(
        id: String, issueInstant: UnixTime, destination: String, issuer: String, inResponseTo: String, isSuccess: Bool
    ) {
        self.id = id
        self.issueInstant = issueInstant
        self.destination = destination
        self.issuer = issuer
        self.inResponseTo = inResponseTo
        self.isSuccess = isSuccess
    }

    package var xml: String {
        // Core §3.2.2.2: a failure is the requester's, the responder's or the version's; ours is the responder's.
        let status = "urn:oasis:names:tc:SAML:2.0:status:" + (isSuccess ? "Success" : "Responder")
        return Markup(
            "samlp:LogoutResponse",
            MessageHeader(id: id, issueInstant: issueInstant, destination: destination).attributes
                + [("InResponseTo", inResponseTo)],
            [
                Markup("saml:Issuer", text: issuer),
                Markup("samlp:Status", [], [Markup("samlp:StatusCode", [("Value", status)])]),
            ]
        ).xml
    }
}
