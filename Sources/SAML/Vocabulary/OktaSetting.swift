/// Where an administrator finds a setting in Okta's console.
enum OktaSetting {
    /// A field of the app's SAML settings.
    static func saml(_ field: String) -> String {
        "Okta: Applications > your app > General > SAML Settings > Edit > \(field)"
    }

    /// A field that is folded away at first.
    static func advanced(_ field: String) -> String { saml("Show Advanced Settings > \(field)") }

    /// What Okta tells of itself.
    static func signOn(_ field: String) -> String {
        "Okta: Applications > your app > Sign On > View SAML setup instructions > \(field)"
    }

    static let certificates = "Okta: Applications > your app > Sign On > SAML Signing Certificates"
}
