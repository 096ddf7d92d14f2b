import Identity

/// What an address of Okta says about its application.
package enum OktaAddress {
    /// The issuer of the application with this sign-on URL, so that the URL and a certificate are all that an
    /// administrator has to paste: `https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml` is issued by
    /// `http://www.okta.com/exk1example`.
    ///
    /// - Returns: nil for an address of another form; then the issuer has to be configured.
    package static func issuer(ofSSOURL url: String) -> String? {
        guard EndpointAddress.isUsable(url), !url.contains("?") else { return nil }
        // The host says nothing: an org may have a domain of its own. The entity's name stays Okta's.
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        // https:, nothing, host, app, name, key, sso, saml
        guard parts.count == 8, parts[3] == "app", !parts[4].isEmpty, isApplicationKey(parts[5]), parts[6] == "sso",
            parts[7] == "saml"
        else { return nil }
        return "http://www.okta.com/\(parts[5])"
    }

    private static func isApplicationKey(_ text: Substring) -> Bool {
        text.hasPrefix("exk") && text.utf8.count > 3
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
            }
    }
}
