import Identity

/// A request to end somebody's session at the identity provider (SAML Core §3.7.1, Profiles §4.4.4.1).
package struct LogoutRequest: Sendable {
    package let id: String
    package let issueInstant: UnixTime
    package let destination: String
    package let issuer: String
    package let notOnOrAfter: UnixTime
    /// As the assertion named the person, qualifiers and all: it is compared as a whole (Core §3.3.4).
    package let nameID: NameID
    /// The identity provider's name of its session; without it all sessions of the person end.
    package let sessionIndex: String?

    package init(
        id: String, issueInstant: UnixTime, destination: String, issuer: String, notOnOrAfter: UnixTime,
        nameID: NameID, sessionIndex: String?
    ) {
        self.id = id
        self.issueInstant = issueInstant
        self.destination = destination
        self.issuer = issuer
        self.notOnOrAfter = notOnOrAfter
        self.nameID = nameID
        self.sessionIndex = sessionIndex
    }

    package var xml: String {
        var children = [
            Markup("saml:Issuer", text: issuer),
            Markup(
                "saml:NameID",
                [
                    ("Format", nameID.format), ("NameQualifier", nameID.nameQualifier),
                    ("SPNameQualifier", nameID.spNameQualifier),
                ], text: nameID.value),
        ]
        if let sessionIndex { children.append(Markup("samlp:SessionIndex", text: sessionIndex)) }
        return Markup(
            "samlp:LogoutRequest",
            OutgoingHead(id: id, issueInstant: issueInstant, destination: destination).attributes + [
                ("NotOnOrAfter", notOnOrAfter.description), ("Reason", "urn:oasis:names:tc:SAML:2.0:logout:user"),
            ], children
        ).xml
    }
}
