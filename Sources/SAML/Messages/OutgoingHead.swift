import Identity

/// What every message of ours begins with (SAML Core §3.2.1, §3.2.2).
struct OutgoingHead {
    let id: String
    let issueInstant: UnixTime
    let destination: String

    var attributes: [(StaticString, String?)] {
        [
            ("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion"),
            ("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol"), ("Destination", destination), ("ID", id),
            ("IssueInstant", issueInstant.description), ("Version", "2.0"),
        ]
    }
}
