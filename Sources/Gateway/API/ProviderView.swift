import Access
import Cryptography
import Identity
import OIDC
import SAML
import Settings
import StrictJSON

/// A provider as administrators see it; never its secrets.
struct ProviderView: Sendable {
    let provider: LiveProvider
    let realms: [RealmName]

    init(_ provider: LiveProvider, rules: AccessRules) {
        self.provider = provider
        realms = rules.realms.values.filter { $0.providers.contains(provider.name) }.map(\.name).sorted()
    }

    func json() async -> JSON {
        var members = JSONObject([
            ("name", .string(provider.name.text)), ("kind", .string(provider.settings.kind.rawValue)),
            ("source", .string(provider.source.rawValue)),
        ])
        switch provider.party {
        case .openID(let party): describe(party.settings, in: &members)
        case .saml(let party): await describe(party, in: &members)
        }
        members.set("realms", JSON(realms.map(\.text)))
        members.set("created_at", JSON(provider.stored?.createdAt.description))
        members.set("created_by", JSON(provider.stored?.createdBy))
        return .object(members)
    }

    private func describe(_ settings: RelyingPartySettings, in members: inout JSONObject) {
        members.set("url", .string(settings.issuer))
        members.set("client_id", .string(settings.clientID))
        // That there is one; never what it is.
        switch settings.clientAuthentication {
        case .secret: members.set("client_secret", "set")
        case .privateKey: members.set("client_key", "set")
        }
        members.set("scopes", JSON(settings.scopes))
        members.set("groups_claim", .string(settings.groupsClaim))
        members.set("response_mode", .string(settings.responseMode.rawValue))
        members.set("pushed_authorization", .bool(settings.usesPushedAuthorization))
        members.set("dpop", .bool(provider.settings.bindsTokens))
        members.set("logout", .string(settings.signsOutAtProvider ? "provider" : "local"))
    }

    private func describe(_ party: SAMLParty, in members: inout JSONObject) async {
        let settings = party.settings
        let known = await party.knownIdentityProvider()?.metadata
        members.set("issuer", JSON(known?.entityID ?? settings.description.issuer))
        members.set("metadata_url", JSON(settings.description.metadataURL))
        members.set("sso_url", JSON(known?.ssoRedirect ?? known?.ssoPost))
        members.set("slo_url", JSON(known?.sloRedirect ?? known?.sloPost))
        members.set(
            "certificates",
            .array(
                (known?.certificates ?? []).map { certificate in
                    [
                        "fingerprint": .string(certificate.fingerprint), "subject": .string(certificate.subject),
                        "not_after": .string(certificate.notAfter.description),
                    ]
                }))
        // What the administrator pastes into Okta.
        members.set("entity_id", .string(party.endpoints.entityID))
        members.set("acs_url", .string(party.endpoints.assertionConsumer))
        members.set("groups_attribute", .string(settings.attributes.groupsAttribute))
        members.set("split_groups", JSON(settings.attributes.splitGroups))
        members.set("email_attribute", .string(settings.attributes.emailAttribute))
        members.set("name_attribute", .string(settings.attributes.nameAttribute))
        members.set("name_id_format", JSON(settings.nameIDFormat))
        switch settings.initiation {
        case .refused: members.set("idp_initiated", false)
        case .onlyRealm: members.set("idp_initiated", true)
        case .realm(let name): members.set("idp_initiated", .string(name.text))
        }
        members.set("signing_key", settings.signer == nil ? .null : "set")
        members.set("decryption_key", settings.decryptionKey == nil ? .null : "set")
        members.set("request_binding", .string(settings.requestBinding.rawValue))
        members.set("insecure_allow_sha1", .bool(settings.insecureAllowsSHA1))
        members.set("logout", .string(settings.signsOutAtProvider ? "provider" : "local"))
    }
}
