import FoundationEssentials

/// A LogoutRequest or LogoutResponse (SAML Core §3.7) before it is signed.
struct SAMLLogoutContent: Sendable {
    var id = SAMLMessageID.make()
    var version = "2.0"
    var issuer: String
    var destination: String?
    var issued: Date
    // Of a request.
    var notOnOrAfter: Date?
    var nameID: String?
    var nameIDFormat: String?
    var sessionIndexes: [String] = []
    // Of a response.
    var inResponseTo: String?
    var status = SAMLStatus.success

    var request: XMLElement {
        XMLElement(
            .saml2p, "LogoutRequest",
            [
                "Destination": destination, "ID": id, "IssueInstant": issued.xmlDateTime,
                "NotOnOrAfter": notOnOrAfter?.xmlDateTime, "Version": version,
            ],
            children: [
                SAMLMessageID.issuer(issuer),
                nameID.map { XMLElement(.saml2, "NameID", ["Format": nameIDFormat], text: $0) },
            ] + sessionIndexes.map { XMLElement(.saml2p, "SessionIndex", text: $0) })
    }

    var response: XMLElement {
        XMLElement(
            .saml2p, "LogoutResponse",
            [
                "Destination": destination, "ID": id, "InResponseTo": inResponseTo,
                "IssueInstant": issued.xmlDateTime, "Version": version,
            ],
            children: [SAMLMessageID.issuer(issuer), status.element])
    }

    // MARK: Tampering

    func changed(_ members: [String: JSONValue]) throws(ControlError) -> SAMLLogoutContent {
        var copy = self
        for (name, value) in members where name != "relay_state" { try copy.change(name, value) }
        return copy
    }

    /// Null takes a part out.
    private mutating func change(_ name: String, _ value: JSONValue) throws(ControlError) {
        switch name {
        case "id": id = try value.text(name)
        case "version": version = try value.text(name)
        case "issuer": issuer = try value.text(name)
        case "destination": destination = value.string
        case "name_id": nameID = value.string
        case "name_id_format": nameIDFormat = value.string
        case "session_index": sessionIndexes = value.array?.compactMap(\.string) ?? value.string.map { [$0] } ?? []
        case "in_response_to": inResponseTo = value.string
        case "status": status.code = try value.text(name)
        case "status_detail": status.detail = value.string
        case "status_message": status.message = value.string
        case "not_on_or_after_seconds":
            notOnOrAfter = value == .null ? nil : issued + (try value.seconds(name))
        case "skew_seconds":
            let seconds = try value.seconds(name)
            issued += seconds
            notOnOrAfter? += seconds
        default: throw ControlError(sentence: "a logout message has no '\(name)'")
        }
    }
}
