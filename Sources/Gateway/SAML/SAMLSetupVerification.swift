import Access
import Cryptography
import Identity
import OIDC
import Outbound
import SAML

/// Looks at everything that must be right before a person can sign in by SAML, in a minute of an administrator's. Nobody
/// signs in for it, and metadata is fetched anew.
struct SAMLSetupVerification: Sendable {
    let party: SAMLParty
    let transport: any OutboundTransport
    let clock: WallClock
    let deadline: ContinuousClock.Instant

    func checks() async -> [SetupFinding] {
        var findings: [SetupFinding] = []
        if let source = party.source {
            do {
                let fetched = try await source.fetch(deadline: deadline)
                findings.append(
                    .passed("metadata", "The metadata was fetched, and is that of \(fetched.metadata.entityID)."))
            } catch {
                findings.append(
                    .failed(
                        "metadata", error.detail,
                        "Copy the Metadata URL from the app's Sign On tab in Okta (Applications > your app > Sign On) once more, and open it in a browser."
                    ))
            }
        }
        guard let provider = await party.knownIdentityProvider()?.metadata else {
            return findings + [
                .failed(
                    "identity_provider", "There is no sign-on address and certificate to work with.",
                    "Give metadata, or sso_url and certificates, from View SAML setup instructions on the app's Sign On tab."
                )
            ]
        }
        findings += validity(provider)
        findings += provider.certificates.map(certificate)
        findings += await signOn(provider)
        findings.append(requests(provider))
        findings.append(logout(provider))
        findings.append(
            .passed(
                "service_provider",
                "In Okta, Single sign-on URL must be \(party.endpoints.assertionConsumer), and Audience URI (SP Entity ID) \(party.endpoints.entityID)."
            ))
        findings.append(
            .warning(
                "groups_attribute",
                "Whether people's groups come shows when somebody signs in; they are read from the attribute \(party.settings.attributes.groupsAttribute).",
                "In Okta, General > SAML Settings > Edit > Group Attribute Statements: name \(party.settings.attributes.groupsAttribute), filter 'Matches regex' .* or what fits."
            ))
        return findings
    }

    /// Expired metadata alone keeps everybody out, however good the rest looks.
    private func validity(_ provider: IdentityProviderMetadata) -> [SetupFinding] {
        guard let end = provider.validUntil, end <= clock.now else { return [] }
        return [
            .failed(
                "metadata_validity", "The metadata was good until \(end), so nobody can sign in with it.",
                party.source == nil
                    ? "Download the metadata from the app's Sign On tab in Okta once more, or give its URL, so that newer metadata is fetched by itself."
                    : "The document at the Metadata URL says that it is over: open it in a browser, and copy the URL from the app's Sign On tab once more."
            )
        ]
    }

    private func certificate(_ certificate: Certificate) -> SetupFinding {
        if case .rsa(let bits) = certificate.publicKey.kind, bits < 2048 {
            return .failed(
                "certificate", "The certificate \(certificate.fingerprint) has an RSA key of \(bits) bits.",
                "Generate a new certificate on the app's Sign On tab, under SAML Signing Certificates, and activate it."
            )
        }
        guard let warning = certificate.warning(at: clock.now) else {
            return .passed(
                "certificate", "The certificate \(certificate.fingerprint) is good until \(certificate.notAfter).")
        }
        return .warning(
            "certificate", warning,
            "Generate a new certificate on the app's Sign On tab, add it here beside the old one, and only then activate it in Okta."
        )
    }

    private func signOn(_ provider: IdentityProviderMetadata) async -> [SetupFinding] {
        guard let url = provider.ssoRedirect ?? provider.ssoPost else { return [] }
        do {
            let response = try await transport.send(
                OutboundRequest(.get, url, purpose: "saml_sso"), deadline: deadline,
                configuredHosts: configuredHosts)
            let findings = [clock(response)]
            // Without a request Okta answers with an error page, a sign-in page or a redirect: it is there.
            guard response.status < 500, response.status != 404 else {
                return findings + [
                    .failed(
                        "sso_url", "\(url) answers with status \(response.status).",
                        "Copy the Identity Provider Single Sign-On URL from the set-up instructions once more.")
                ]
            }
            return findings + [.passed("sso_url", "\(url) answers.")]
        } catch {
            return [
                .failed(
                    "sso_url", error.detail,
                    "Compare the sign-on address with Okta's set-up instructions. People's browsers go there; this machine need not, so a firewall may be the reason."
                )
            ]
        }
    }

    /// What an administrator named, a metadata file's addresses included; fetched metadata may name an address of a private
    /// network, which is none of its business.
    private var configuredHosts: Set<String> {
        let description = party.settings.description
        let addresses = [
            description.ssoURL, description.metadataURL, description.metadata?.ssoRedirect,
            description.metadata?.ssoPost,
        ]
        return Set(addresses.compactMap { $0.flatMap { WebAddress($0)?.host } })
    }

    private func clock(_ response: OutboundResponse) -> SetupFinding {
        guard let date = response.date else {
            return .warning(
                "clock", "The identity provider does not say what time it is.",
                "Compare this machine's clock with another; it is \(clock.now) here.")
        }
        let offset = clock.now - date
        let distance = offset < .zero ? .zero - offset : offset
        let detail =
            "This machine's clock is \(distance.components.seconds) s \(offset < .zero ? "behind" : "ahead of") the identity provider's."
        let advice = "Let this machine take its time from the network (NTP): assertions are good for minutes only."
        if distance > party.settings.clockSkew { return .failed("clock", detail, advice) }
        if distance > .seconds(30) { return .warning("clock", detail, advice) }
        return .passed("clock", "This machine's clock agrees with the identity provider's.")
    }

    private func requests(_ provider: IdentityProviderMetadata) -> SetupFinding {
        guard party.settings.signer == nil else { return .passed("requests", "Requests are signed.") }
        guard provider.wantsSignedRequests else {
            return .passed("requests", "Requests are not signed, and the identity provider does not ask for it.")
        }
        return .failed(
            "requests", "The identity provider wants signed requests, and there is no key to sign them with.",
            "Add signing_key and signing_certificate to the provider, and upload the certificate in Okta.")
    }

    private func logout(_ provider: IdentityProviderMetadata) -> SetupFinding {
        let isOffered = provider.sloRedirect != nil || provider.sloPost != nil
        switch (isOffered, party.settings.signer != nil, party.settings.signsOutAtProvider) {
        case (_, _, false): return .passed("logout", "Signing out stays here, as configured.")
        case (true, true, true): return .passed("logout", "Signing out here signs out at the identity provider too.")
        case (true, false, true):
            return .warning(
                "logout",
                "The identity provider offers single logout, and there is no key to sign its messages with, so signing out stays here.",
                "Add signing_key and signing_certificate to the provider, and upload the certificate in Okta under Signature Certificate."
            )
        case (false, _, true):
            return .warning(
                "logout", "The identity provider names no logout address, so signing out stays here.",
                "To have it, enable Single Logout in Okta (General > SAML Settings > Show Advanced Settings) with the address \(party.endpoints.logout), give its address here too (metadata, or slo_url) and a signing_key; or set logout: local."
            )
        }
    }
}
