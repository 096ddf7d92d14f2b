import Identity

/// The answer to a logout request of the identity provider (SAML Core §3.7.2, Profiles §4.4.4.2): that the sessions are
/// over. A request that is refused is answered to the person, not to whoever sent it.
package struct LogoutResponse: Sendable {
    package let id: String
    package let issueInstant: UnixTime
    package let destination: String
    package let issuer: String
    /// The ID of the request.
    package let inResponseTo: String

    package init(
        id: String, issueInstant: UnixTime, destination: String, issuer: String, inResponseTo: String
    ) {
        self.id = id
        self.issueInstant = issueInstant
        self.destination = destination
        self.issuer = issuer
        self.inResponseTo = inResponseTo
    }

    package var xml: String {
        Markup(
            "samlp:LogoutResponse",
            OutgoingHead(id: id, issueInstant: issueInstant, destination: destination).attributes
                + [("InResponseTo", inResponseTo)],
            [
                Markup("saml:Issuer", text: issuer),
                Markup("samlp:Status", [], [Markup("samlp:StatusCode", [("Value", ResponseStatus.success)])]),
            ]
        ).xml
    }
}
