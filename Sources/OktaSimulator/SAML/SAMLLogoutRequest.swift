import FoundationEssentials

/// An app's LogoutRequest (SAML Core §3.7.1), checked as Okta does.
struct SAMLLogoutRequest: Sendable {
    let id: String
    let nameID: String
    let sessionIndexes: [String]

    init(_ root: XMLElement, from app: SAMLApp, url: String, now: Date) throws(SAMLRefusal) {
        guard root.matches(.saml2p, "LogoutRequest") else { throw SAMLRefusal("The message is no LogoutRequest.") }
        guard root.attribute("Version") == "2.0" else { throw SAMLRefusal("The LogoutRequest is not of version 2.0.") }
        guard let id = root.attribute("ID"), !id.isEmpty else { throw SAMLRefusal("The LogoutRequest has no ID.") }
        guard root.first(.saml2, "Issuer")?.text == app.logoutIssuer ?? app.audience else {
            throw SAMLRefusal("The Issuer of the LogoutRequest is not the app's SP Issuer.")
        }
        guard root.attribute("Destination").map({ $0 == url + app.logoutPath }) ?? true else {
            throw SAMLRefusal("The Destination of the LogoutRequest is not the app's single logout URL.")
        }
        if let text = root.attribute("NotOnOrAfter") {
            guard let end = Date(xmlDateTime: text), now < end else {
                throw SAMLRefusal("The LogoutRequest has expired.")
            }
        }
        guard let nameID = root.first(.saml2, "NameID")?.text else {
            throw SAMLRefusal("The LogoutRequest names nobody.")
        }
        self.id = id
        self.nameID = nameID
        sessionIndexes = root.all(.saml2p, "SessionIndex").map(\.text)
    }

    /// Without an index all sessions of the person at the app are meant.
    func means(_ participant: SAMLParticipants.Participant, of app: SAMLApp) -> Bool {
        participant.appID == app.id && participant.nameID == nameID
            && (sessionIndexes.isEmpty || sessionIndexes.contains(participant.sessionIndex))
    }
}

extension Date {
    /// With or without a fraction of the second.
    init?(xmlDateTime text: String) {
        let parsed =
            (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
        guard let parsed else { return nil }
        self = parsed
    }
}
