import HTTPTypes
import Hummingbird

/// The organisation's settings, for tests.
struct SettingsControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.get("settings") { _, _ in try Response.json(organization.settings.json) }
        group.patch("settings") { request, _ in
            var settings = organization.settings
            try settings.change(try await request.controlBody())
            organization.settings = settings
            return try Response.json(settings.json)
        }
        group.delete("dpop-nonces") { _, _ in
            organization.dpopNonces.forget()
            return Response(status: .noContent)
        }
    }
}

extension OrganizationSettings {
    fileprivate var json: JSONValue {
        [
            "require_pushed_authorization_requests": .bool(requiresPushedAuthorization),
            "acr_claim": .string(acrClaim.name), "dpop_nonce_at_userinfo": .bool(asksNonceAtUserInfo),
        ]
    }

    /// Takes over what the body says; what it does not name stays.
    fileprivate mutating func change(_ body: JSONValue) throws(ControlError) {
        for (name, value) in body.object ?? [:] {
            switch name {
            case "require_pushed_authorization_requests": requiresPushedAuthorization = try value.flag(name)
            case "dpop_nonce_at_userinfo": asksNonceAtUserInfo = try value.flag(name)
            case "acr_claim":
                guard let text = value.string else { throw ControlError(sentence: "'\(name)' must be a text") }
                acrClaim = ACRClaim(name: text)
            default: throw ControlError(sentence: "there is no setting '\(name)'")
            }
        }
    }
}

extension ACRClaim {
    fileprivate init(name: String) {
        switch name {
        case "satisfied": self = .satisfied
        case "absent": self = .absent
        default: self = .fixed(name)
        }
    }

    fileprivate var name: String {
        switch self {
        case .satisfied: "satisfied"
        case .absent: "absent"
        case .fixed(let text): text
        }
    }
}

extension JSONValue {
    fileprivate func flag(_ name: String) throws(ControlError) -> Bool {
        guard let bool else { throw ControlError(sentence: "'\(name)' must be true or false") }
        return bool
    }
}
