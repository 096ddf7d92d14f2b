import OIDC
import SAML
import Settings
import Testing

extension ProviderSettings {
    /// Of a provider that the test knows to speak OpenID Connect.
    var relyingParty: RelyingPartySettings {
        guard case .openID(let settings) = party else { preconditionFailure("\(name) is no OpenID provider") }
        return settings
    }

    /// Of a provider that the test knows to speak SAML.
    var serviceProvider: ServiceProviderSettings {
        guard case .saml(let settings) = party else { preconditionFailure("\(name) is no SAML provider") }
        return settings
    }
}
