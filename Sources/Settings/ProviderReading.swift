import Access
import Cryptography
import Identity
import OIDC

/// Reads the section `providers`.
enum ProviderReading {
    /// Nil settings: the entry has problems, which are reported; its name still counts as known.
    struct Entry {
        let name: ProviderName
        let line: Int
        let settings: ProviderSettings?
    }

    static func read(_ root: YAMLMapping, files: ConfiguredFiles) -> [Entry] {
        guard let value = root.required("providers", example: "{okta: {kind: okta, url: acme.okta.com, …}}"),
            let mapping = value.mapping()
        else { return [] }
        if mapping.entries.isEmpty { value.problem("is empty; add at least one provider") }
        return mapping.namedSections(example: "okta").map { name, section in
            let name = ProviderName(name)
            let kind = section.required("kind", example: "okta")?.choice(ProviderKind.self)
            switch kind {
            case .okta?, .oidc?:
                return Entry(
                    name: name, line: section.line,
                    settings: provider(name, section, isOkta: kind == .okta, files: files))
            case .saml?:
                let settings = SAMLProviderReading(name: name, section: section, files: files).read()
                return Entry(name: name, line: section.line, settings: settings.map { ProviderSettings($0) })
            case nil: return Entry(name: name, line: section.line, settings: nil)
            }
        }
    }

    private static func provider(
        _ name: ProviderName, _ section: YAMLMapping, isOkta: Bool, files: ConfiguredFiles
    ) -> ProviderSettings? {
        let example = isOkta ? "https://acme.okta.com" : "https://id.example.com"
        let issuer = section.required("url", example: example).flatMap { isOkta ? oktaIssuer($0) : oidcIssuer($0) }
        let clientID = section.required("client_id", example: "0oa1example")?.text()
        let authentication = clientAuthentication(section, files: files)
        let defaultScopes =
            isOkta ? ["openid", "profile", "email", "groups", "offline_access"] : ["openid", "profile", "email"]
        let scopes = readScopes(section) ?? defaultScopes
        let groupsClaim = section.optional("groups_claim")?.text() ?? "groups"
        let responseMode = section.optional("response_mode")?.choice(RelyingPartySettings.ResponseMode.self) ?? .query
        let pushes = section.optional("pushed_authorization")?.bool() ?? false
        let bindsTokens = section.optional("dpop")?.bool() ?? false
        let logout = section.optional("logout")?.choice(LogoutReach.self) ?? .provider
        section.finish()
        guard let issuer, let clientID, let authentication else { return nil }
        let party = RelyingPartySettings(
            name: name, issuer: issuer, clientID: clientID, clientAuthentication: authentication, scopes: scopes,
            groupsClaim: groupsClaim, responseMode: responseMode, usesPushedAuthorization: pushes,
            signsOutAtProvider: logout == .provider)
        return ProviderSettings(party, isOkta: isOkta, bindsTokens: bindsTokens)
    }

    /// How far signing out reaches.
    private enum LogoutReach: String, CaseIterable { case provider, local }

    /// The org URL or a custom authorization server (`…/oauth2/default`); a bare domain is https.
    private static func oktaIssuer(_ value: YAMLValue) -> String? {
        guard var text = value.text() else { return nil }
        if !text.contains("://") { text = "https://" + text }
        while text.hasSuffix("/") { text.removeLast() }
        guard let address = WebAddress(text) else {
            value.problem("is '\(text.clipped(120))'; write your Okta domain, as in https://acme.okta.com")
            return nil
        }
        guard address.scheme == .https || address.isLoopback else {
            value.problem("is plain http; write https:// (http is only for localhost)")
            return nil
        }
        for domain in [".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com"] {
            guard address.host.hasSuffix("-admin" + domain) else { continue }
            let organisation = address.host.dropLast(domain.count + "-admin".count)
            value.problem("is the address of Okta's admin console; write https://\(organisation)\(domain)")
            return nil
        }
        let path = address.rest
        let server = path.hasPrefix("/oauth2/") ? path.dropFirst("/oauth2/".count) : ""
        guard
            path.isEmpty
                || !server.isEmpty && server.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != 0x3F && $0 != 0x23 })
        else {
            value.problem(
                "has the path '\(path.clipped(80))'; write the org URL \(address.origin) or a custom authorization server like \(address.origin)/oauth2/default"
            )
            return nil
        }
        return address.text
    }

    /// The issuer exactly as the provider spells it, a slash at the end included.
    private static func oidcIssuer(_ value: YAMLValue) -> String? {
        guard let address = value.webAddress(example: "https://id.example.com"), let text = value.text() else {
            return nil
        }
        guard !text.contains("?"), !text.contains("#") else {
            value.problem("has a query or a fragment; write the issuer URL only (OpenID Connect Discovery §3)")
            return nil
        }
        guard address.text == text || address.text + "/" == text else {
            value.problem("must be spelled as the provider's issuer is; write \(address.text)")
            return nil
        }
        return text
    }

    private static func clientAuthentication(
        _ section: YAMLMapping, files: ConfiguredFiles
    ) -> RelyingPartySettings.ClientAuthentication? {
        let (secret, key) = (section.optional("client_secret"), section.optional("client_key"))
        let keyID = section.optional("client_key_id")
        switch (secret, key) {
        case (let secret?, nil):
            keyID?.problem("belongs to client_key, and there is a client_secret; remove it")
            return files.secret(secret).map { .secret($0) }
        case (nil, let key?):
            guard let pem = files.secret(key) else { return nil }
            do throws(CryptographyError) {
                return .privateKey(try PrivateKey(pem: pem.reveal()), keyID: keyID?.text())
            } catch {
                key.problem("does not work: \(error); write {file: PATH} of a PEM file with an RSA or EC key")
                return nil
            }
        case (nil, nil):
            section.problems.add(
                line: section.line,
                "\(section.path) has neither client_secret nor client_key; write 'client_secret: {file: certs/okta-client-secret}'"
            )
            return nil
        case (_?, let key?):
            key.problem("and client_secret contradict each other; keep one of them")
            return nil
        }
    }

    private static func readScopes(_ section: YAMLMapping) -> [String]? {
        guard let value = section.optional("scopes"),
            let scopes = value.texts(example: "scopes: [openid, profile, email, groups, offline_access]")
        else { return nil }
        if !scopes.contains("openid") { value.problem("must contain openid") }
        // RFC 6749 §3.3.
        for scope in scopes where !scope.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            value.problem(
                "has the entry '\(scope.clipped(60))', which is no scope; write each scope as an entry of its own")
        }
        return scopes
    }
}
