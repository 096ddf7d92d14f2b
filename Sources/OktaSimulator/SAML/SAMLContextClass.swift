/// How someone authenticated, as SAML says it (SAML Authentication Context §3.4), and which of the organisation's levels
/// it stands for.
enum SAMLContextClass {
    static let passwordProtectedTransport = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

    private static let levels: [String: AssuranceLevel] = [
        passwordProtectedTransport: .oneFactor,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified": .oneFactor,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password": .oneFactor,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract": .twoFactors,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken": .twoFactors,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509": .phishingResistant,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI": .hardwareProtected,
        "https://refeds.org/profile/sfa": .oneFactor,
        "https://refeds.org/profile/mfa": .twoFactors,
        "http://schemas.microsoft.com/claims/multipleauthn": .twoFactors,
    ]

    /// nil when nothing of that name is offered.
    static func level(_ name: String) -> AssuranceLevel? {
        AssuranceLevel(rawValue: name) ?? levels[name]
    }
}
