import Identity

/// What to change on which screen of the Okta Admin Console, or of this gateway's configuration.
struct SetupAdvice: Sendable {
    static let mendFirst = "Mend what failed above, then verify again."
    static let again = "Verify again in a minute; if it stays, look at https://status.okta.com."

    let settings: RelyingPartySettings

    /// The custom authorization server's name in the issuer (`…/oauth2/default`); nil for the org's own server.
    private var customServer: String? {
        let path = settings.issuer.dropFirst(settings.issuer.origin.count)
        guard path.hasPrefix("/oauth2/") else { return nil }
        let name = path.dropFirst(8).prefix { $0 != "/" }
        return name.isEmpty ? nil : String(name)
    }

    var isOrganization: Bool { customServer == nil }

    private var host: String { String(settings.issuer.origin.drop { $0 != "/" }.drop { $0 == "/" }) }

    private var serverScreen: String {
        customServer.map { "Security > API > Authorization Servers > \($0)" }
            ?? "Security > API > Authorization Servers"
    }

    var name: String {
        "Compare url of the provider \(settings.name) with your Okta domain (the menu at the top right of the Admin Console), and ask this machine's name server for \(host)."
    }

    var connection: String {
        "Let this machine open connections to \(host) (firewall, outgoing proxy), and compare url of the provider \(settings.name) with your Okta domain."
    }

    var certificate: String {
        "Renew the certificate of \(host) (Customizations > Brands > your brand > Domains when it is a custom domain), install the authority of an inspecting proxy on this machine, or set the machine's clock."
    }

    var clock: String {
        "Set this machine's clock by NTP (timedatectl set-ntp true); tokens are judged by it."
    }

    var issuer: String {
        "Set url of the provider \(settings.name) to the Issuer that Okta shows: \(serverScreen) > Settings > Issuer, or the org's URL for the org's own server."
    }

    var keys: String {
        customServer == nil
            ? "Applications > your app > Sign On > OpenID Connect ID Token: the signing key must be an RSA or EC key of the org; ask Okta's support when the org publishes none."
            : "\(serverScreen) > Settings > Signing Key Rotation: rotate, so that the server publishes a key."
    }

    var client: String {
        switch settings.clientAuthentication {
        case .secret:
            "Applications > your app > General > Client Credentials: copy Client ID to client_id and an active CLIENT SECRETS entry to client_secret, and choose 'Client secret' as Client authentication."
        case .privateKey:
            "Applications > your app > General > Client Credentials: copy Client ID to client_id, choose 'Public key / Private key' as Client authentication, and add the public half of client_key under PUBLIC KEYS with the same key ID."
        }
    }

    var grant: String {
        "Applications > your app > General > General Settings > Grant type: tick Authorization Code, and Refresh Token beside it."
    }

    var proof: String {
        settings.proofKey == nil
            ? "Set dpop: true for the provider \(settings.name), or untick Applications > your app > General > General Settings > Proof of possession."
            : "Tick Applications > your app > General > General Settings > Proof of possession > Require Demonstrating Proof of Possession (DPoP) header in token requests, or take dpop out of the provider \(settings.name)."
    }

    var push: String {
        "Take pushed_authorization out of the provider \(settings.name), or set url to an authorization server that has the endpoint (\(serverScreen))."
    }

    func redirect(_ uri: String) -> String {
        "Applications > your app > General > LOGIN > Sign-in redirect URIs: add \(uri) exactly as it stands here."
    }

    func scopes(_ names: [String]) -> String {
        let list = names.joined(separator: ", ")
        return customServer == nil
            ? "The org's own server knows openid, profile, email, address, phone, groups and offline_access (the last with Applications > your app > General > Grant type > Refresh Token): take \(list) out of scopes, or use a custom authorization server."
            : "\(serverScreen) > Scopes > Add Scope: add \(list), or take it out of scopes of the provider \(settings.name); offline_access needs Applications > your app > General > Grant type > Refresh Token."
    }

    var openid: String { "Add openid to scopes of the provider \(settings.name): without it there is no ID token." }

    var policy: String {
        customServer == nil
            ? "Applications > your app > Sign On > User authentication and Assignments: let people use the app."
            : "\(serverScreen) > Access Policies: add a policy and a rule for this client, the grant type Authorization Code and these scopes."
    }

    var groupsScope: String {
        "Add groups to scopes of the provider \(settings.name): the org's own server gives groups for that scope only."
    }

    var groupsClaim: String {
        let claim = settings.groupsClaim
        return customServer == nil
            ? "Applications > your app > Sign On > OpenID Connect ID Token > Groups claim filter: \(claim), Matches regex, .* (a narrower expression when people have many groups)."
            : "\(serverScreen) > Claims > Add Claim: name \(claim), include in ID Token, Always, value type Groups, filter Matches regex .*."
    }
}
