import Access
import Cryptography
import Identity
import Logging
import SAML

/// Tells in time that a pinned certificate is about to end: Okta's certificates are changed by hand, and nobody can sign in
/// between the change there and the change here.
package struct CertificateWatch: Sendable {
    /// How long before its end a certificate is spoken of.
    static let notice = Duration.seconds(60 * 86400)

    struct Sighting: Sendable {
        let provider: ProviderName
        let certificate: Certificate
    }

    let live: LiveSettings
    let clock: WallClock
    let logger: Logger

    /// Every pinned certificate, of the configuration and of metadata.
    func sightings() async -> [Sighting] {
        var sightings: [Sighting] = []
        for party in live.samlParties {
            for certificate in await party.knownIdentityProvider()?.metadata.certificates ?? [] {
                sightings.append(Sighting(provider: party.settings.name, certificate: certificate))
            }
        }
        return sightings
    }

    /// Fetches metadata that is a day old, and logs what is about to end.
    package func look() async {
        for party in live.samlParties {
            do {
                try await party.source?.refreshWhenOld(deadline: .now + .seconds(10))
            } catch {
                logger.warning(
                    "SAML metadata could not be fetched; what is known stays in force",
                    metadata: [
                        "provider": "\(party.settings.name)", "reason": "\(error.reason)", "detail": "\(error.detail)",
                    ])
            }
        }
        for sighting in await sightings() {
            guard let warning = sighting.certificate.warning(at: clock.now) else { continue }
            logger.warning(
                "a SAML certificate is about to end",
                metadata: [
                    "provider": "\(sighting.provider)", "fingerprint": "\(sighting.certificate.fingerprint)",
                    "not_after": "\(sighting.certificate.notAfter)", "detail": "\(warning)",
                ])
        }
    }
}

extension Certificate {
    /// A sentence, when the certificate is past its end or will be in 60 days. Past its end it goes on working: the key is
    /// what is pinned.
    func warning(at now: UnixTime) -> String? {
        let left = notAfter - now
        guard left < CertificateWatch.notice else { return nil }
        let days = abs(left.components.seconds) / 86400
        return left < .zero
            ? "The certificate \(fingerprint) ended \(days) days ago, at \(notAfter). It goes on working here; Okta may replace it at any time."
            : "The certificate \(fingerprint) ends in \(days) days, at \(notAfter)."
    }
}
