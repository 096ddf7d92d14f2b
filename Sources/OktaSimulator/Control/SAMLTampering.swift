import FoundationEssentials

/// What tests order to be wrong with SAML messages, besides the members.
package struct SAMLChange: Sendable {
    package var forgery: SAMLForgery?
    package var place: SAMLForgeryPlace?
    package var structure: SAMLStructure?
    /// Other settings of the app for this message.
    package var settings: JSONValue = .object([:])
}

extension Tampering.Target {
    var isSAML: Bool { rawValue.hasPrefix("saml_") }
}

extension Tampering.Change {
    /// From the body of a control request about a SAML message. What cannot be done is refused now and not when the
    /// message is made.
    init(saml body: JSONValue, for target: Tampering.Target) throws {
        self.init(members: body["members"]?.object ?? [:])
        saml.forgery = try body.choice("signature", SAMLForgery.self)
        saml.place = try body.choice("at", SAMLForgeryPlace.self)
        saml.structure = try body.choice("structure", SAMLStructure.self)
        saml.settings = body["settings"] ?? .object([:])
        let app = try SAMLApp(id: "exk", name: "app", acsURL: "", audience: "").changed(by: saml.settings)
        switch target {
        case .samlResponse: try SAMLResponse.sample(app).change(members)
        case .samlLogoutRequest, .samlLogoutResponse:
            guard saml.structure == nil, saml.place == nil else {
                throw ControlError(sentence: "'structure' and 'at' are for a saml_response")
            }
            _ = try SAMLLogoutContent(issuer: "", destination: "", issued: .distantPast).changed(members)
        default: break
        }
    }
}

extension SAMLResponse {
    fileprivate static func sample(_ app: SAMLApp) -> SAMLResponse {
        let person = Person(id: "00u", name: "", email: "", groups: [])
        let now = Date(timeIntervalSince1970: 0)
        return SAMLResponse(
            to: SAMLSignOn(appID: app.id, request: nil, relayState: nil), app: app, person: person,
            contextClass: "", authenticated: now, sessionIndex: "", now: now)
    }

    func changed(_ members: [String: JSONValue]) throws(ControlError) -> SAMLResponse {
        var copy = self
        for (name, value) in members where name != "relay_state" { try copy.change(name, value) }
        return copy
    }

    fileprivate func change(_ members: [String: JSONValue]) throws(ControlError) {
        _ = try changed(members)
    }

    /// Null takes a part out.
    private mutating func change(_ name: String, _ value: JSONValue) throws(ControlError) {
        switch name {
        case "id": id = try value.text(name)
        case "version": version = try value.text(name)
        case "issuer":
            issuer = try value.text(name)
            assertion?.issuer = issuer
        case "response_issuer": issuer = try value.text(name)
        case "destination": destination = value.string
        case "in_response_to":
            inResponseTo = value.string
            assertion?.inResponseTo = value.string
        case "response_in_response_to": inResponseTo = value.string
        case "status": status.code = try value.text(name)
        case "status_detail": status.detail = value.string
        case "status_message": status.message = value.string
        case "issue_instant_seconds": issued += try value.seconds(name)
        case "skew_seconds":
            let seconds = try value.seconds(name)
            issued += seconds
            assertion?.move(by: seconds)
        default: try assertion?.change(name, value)
        }
    }
}

extension SAMLAssertion {
    fileprivate mutating func move(by seconds: TimeInterval) {
        issued += seconds
        notBefore += seconds
        notOnOrAfter += seconds
        confirmedUntil? += seconds
        authenticated? += seconds
        sessionEnds? += seconds
    }

    /// Members that end in `_seconds` count from the assertion's IssueInstant.
    fileprivate mutating func change(_ name: String, _ value: JSONValue) throws(ControlError) {
        switch name {
        case "assertion_id": id = try value.text(name)
        case "assertion_version": version = try value.text(name)
        case "assertion_issuer": issuer = try value.text(name)
        case "recipient": recipient = value.string
        case "audience": audiences = value.array?.compactMap(\.string) ?? value.string.map { [$0] } ?? []
        case "confirmation_in_response_to": inResponseTo = value.string
        case "name_id": nameID = value.string
        case "name_id_format": nameIDFormat = value.string
        case "session_index": sessionIndex = value.string
        case "context_class": contextClass = value.string
        case "assertion_issue_instant_seconds": issued += try value.seconds(name)
        case "not_before_seconds": notBefore = issued + (try value.seconds(name))
        case "not_on_or_after_seconds": notOnOrAfter = issued + (try value.seconds(name))
        case "confirmation_not_on_or_after_seconds":
            confirmedUntil = value == .null ? nil : issued + (try value.seconds(name))
        case "authn_instant_seconds": authenticated = value == .null ? nil : issued + (try value.seconds(name))
        case "session_not_on_or_after_seconds":
            sessionEnds = value == .null ? nil : issued + (try value.seconds(name))
        case "attributes": try changeAttributes(value)
        default: throw ControlError(sentence: "a Response has no '\(name)'")
        }
    }

    /// A list takes the place of an attribute's values, null takes the attribute out.
    private mutating func changeAttributes(_ value: JSONValue) throws(ControlError) {
        guard let changes = value.object else { throw ControlError(sentence: "'attributes' must be an object") }
        for (name, values) in changes.sorted(by: { $0.key < $1.key }) {
            attributes.removeAll { $0.name == name }
            let texts = values.array?.compactMap(\.string) ?? values.string.map { [$0] } ?? []
            if values != .null { attributes.append((name, texts)) }
        }
    }
}

extension JSONValue {
    func text(_ name: String) throws(ControlError) -> String {
        guard let string else { throw ControlError(sentence: "'\(name)' must be a text") }
        return string
    }

    func seconds(_ name: String) throws(ControlError) -> TimeInterval {
        guard let integer else { throw ControlError(sentence: "'\(name)' must be a number of seconds") }
        return TimeInterval(integer)
    }
}
