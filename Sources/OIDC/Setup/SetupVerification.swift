import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON

/// Verifies the set-up of one provider, step by step: each step needs what the one before found.
struct SetupVerification: Sendable {
    let settings: RelyingPartySettings
    let channel: BackChannel
    let redirectURIs: [String]
    let deadline: ContinuousClock.Instant

    var advice: SetupAdvice { SetupAdvice(settings: settings) }

    /// A machine whose clock is this far off is one that nobody sets.
    static let suspiciousClockOffset = Duration.seconds(30)

    var isTimeUp: Bool { .now >= deadline }
    static let timeIsUp = "The time for verifying was up."

    func checks() async -> [SetupCheck] {
        let discovery: OutboundResponse
        do {
            discovery = try await channel.transport.send(
                request(ProviderDocuments.discoveryURL(of: settings.issuer), purpose: "discovery"),
                deadline: deadline, configuredHosts: channel.configuredHosts)
        } catch {
            return unreachable(error)
        }
        var checks = [
            SetupCheck.passed(.dns, "The host name of \(settings.issuer) is known."),
            tls, clock(discovery),
        ]
        let metadata: ProviderMetadata
        do {
            metadata = try self.metadata(discovery)
        } catch {
            checks.append(.failed(.discovery, error.detail, advice: advice.issuer))
            return checks + skipped(from: .keys, "Without the discovery document nobody knows whom to ask.")
        }
        checks.append(self.discovery(metadata))
        checks.append(await keys(metadata))
        let client = await client(metadata)
        checks.append(client)
        return checks + (await authorization(metadata, isClientKnown: client.outcome == .passed))
            + [groupsClaim(metadata)]
    }

    // MARK: The way to the provider

    private var tls: SetupCheck {
        settings.issuer.hasPrefix("https://")
            ? .passed(.tls, "\(settings.issuer.origin) answers with a certificate that this machine trusts.")
            : .skipped(
                .tls, "\(settings.issuer.origin) is plain http on this machine, which is for development.",
                advice: "Use an https URL for people.")
    }

    private func unreachable(_ error: OutboundError) -> [SetupCheck] {
        let rest = "The provider cannot be asked."
        switch error.reason {
        case .nameUnknown:
            return [.failed(.dns, error.detail, advice: advice.name)] + skipped(from: .tls, rest)
        case .tlsFailed:
            return [
                .passed(.dns, "The host name of \(settings.issuer) is known."),
                .failed(.tls, error.detail, advice: advice.certificate),
            ] + skipped(from: .clock, rest)
        case .timedOut:
            return [
                .warning(.dns, "No answer in time; the name or the connection may be the cause.", advice: advice.name),
                .failed(.tls, error.detail, advice: advice.connection),
            ] + skipped(from: .clock, rest)
        case .unreachable:
            return [
                .passed(.dns, "The host name of \(settings.issuer) is known."),
                .failed(.tls, error.detail, advice: advice.connection),
            ] + skipped(from: .clock, rest)
        case .addressRefused, .malformedURL:
            return [.skipped(.dns, "The address is not one to ask.", advice: advice.issuer)]
                + [.failed(.tls, error.detail, advice: advice.issuer)] + skipped(from: .clock, rest)
        case .answerTooLarge:
            return [
                .passed(.dns, "The host name of \(settings.issuer) is known."), tls, .skipped(.clock, rest),
                .failed(.discovery, error.detail, advice: advice.issuer),
            ] + skipped(from: .keys, rest)
        }
    }

    private func clock(_ response: OutboundResponse) -> SetupCheck {
        guard let date = response.date else {
            return .skipped(
                .clock, "The provider does not say what time it is.",
                advice: "Compare this machine's clock with another; it is \(channel.clock.now) here.")
        }
        // RFC 9111 §5.1: an answer that a cache kept was made that much earlier.
        let age = response.header("age").flatMap { UInt16($0) }.map { Duration.seconds(Int64($0)) } ?? .zero
        let offset = channel.clock.now - (date + age)
        let distance = offset < .zero ? .zero - offset : offset
        // A date has no fractions of seconds.
        let detail =
            distance < .seconds(2)
            ? "This machine's clock agrees with the provider's."
            : "This machine's clock is \(distance.components.seconds) s \(offset < .zero ? "behind" : "ahead of") the provider's."
        if distance > settings.clockSkew { return .failed(.clock, detail, advice: advice.clock) }
        if distance > Self.suspiciousClockOffset { return .warning(.clock, detail, advice: advice.clock) }
        return .passed(.clock, detail)
    }

    // MARK: Documents

    private func discovery(_ metadata: ProviderMetadata) -> SetupCheck {
        let pushed = PushedAuthorization(channel: channel, metadata: metadata)
        guard !pushed.isPushed || metadata.pushedAuthorizationEndpoint != nil else {
            return .failed(
                .discovery, "Requests are to be pushed, and the provider names no endpoint for that.",
                advice: advice.push)
        }
        return .passed(.discovery, "The discovery document is the one of \(settings.issuer).")
    }

    private func metadata(_ response: OutboundResponse) throws(SignInError) -> ProviderMetadata {
        guard response.status == 200 else {
            throw SignInError(
                "discovery_failed",
                "\(ProviderDocuments.discoveryURL(of: settings.issuer)) answers with status \(response.status)",
                fault: .provider)
        }
        return try ProviderMetadata(document: response.body, expectedIssuer: settings.issuer)
    }

    private func keys(_ metadata: ProviderMetadata) async -> SetupCheck {
        guard !isTimeUp else { return .skipped(.keys, Self.timeIsUp, advice: SetupAdvice.again) }
        let response: OutboundResponse
        do {
            response = try await channel.send(request(metadata.jwksURI, purpose: "jwks"), deadline: deadline)
        } catch {
            return .failed(.keys, error.detail, advice: advice.connection)
        }
        guard response.status == 200 else {
            return .failed(
                .keys, "\(metadata.jwksURI) answers with status \(response.status).", advice: SetupAdvice.again)
        }
        do {
            let count = try JWKSet(response.body).count
            guard count > 0 else {
                return .failed(.keys, "\(metadata.jwksURI) holds no key that may be used.", advice: advice.keys)
            }
            return .passed(.keys, "\(metadata.jwksURI) holds \(count) \(count == 1 ? "key" : "keys") for signatures.")
        } catch {
            return .failed(.keys, error.detail, advice: advice.keys)
        }
    }

    // MARK: The client

    // A code that nobody was given: who may redeem codes hears that it is not good, who may not hears that first.
    private func client(_ metadata: ProviderMetadata) async -> SetupCheck {
        guard !isTimeUp else { return .skipped(.client, Self.timeIsUp, advice: SetupAdvice.again) }
        let exchange = TokenExchange(channel: channel, metadata: metadata)
        let (code, verifier) = (Secret(channel.random.token()), channel.random.token())
        let response: OutboundResponse
        do {
            response = try await exchange.redemption(
                code: code, codeVerifier: verifier, redirectURI: redirectURIs.first ?? settings.issuer,
                deadline: deadline)
        } catch {
            let isOurs = ["client_authentication_unsupported", "client_assertion_failed"].contains(error.reason)
            return .failed(.client, error.detail, advice: isOurs ? advice.client : advice.connection)
        }
        let refusal = exchange.refusal(response, secrets: [code.reveal(), verifier])
        let detail = "The token endpoint \(refusal.words)"
        switch refusal.code {
        case "invalid_grant":
            return .passed(.client, "The provider knows the client \(settings.clientID) by its credentials.")
        case "invalid_client": return .failed(.client, detail, advice: advice.client)
        case "unauthorized_client", "unsupported_grant_type":
            return .failed(.client, detail, advice: advice.grant)
        case "use_dpop_nonce", "invalid_dpop_proof": return .failed(.client, detail, advice: advice.proof)
        case nil: return .warning(.client, detail + ", so it does not tell.", advice: SetupAdvice.again)
        default: return .warning(.client, detail, advice: advice.client)
        }
    }

    // MARK: Claims

    private func groupsClaim(_ metadata: ProviderMetadata) -> SetupCheck {
        let claim = settings.groupsClaim
        if advice.isOrganization, metadata.scopes?.contains("groups") == true, !settings.scopes.contains("groups") {
            return .warning(
                .groupsClaim, "The provider offers the scope groups, and it is not asked for.",
                advice: advice.groupsScope)
        }
        guard metadata.claims?.contains(claim) == true else {
            // Okta lists no claims of its apps, so this is no failure.
            return .warning(
                .groupsClaim,
                "The provider does not list the claim \(claim); whether people's groups come shows when somebody signs in.",
                advice: advice.groupsClaim)
        }
        return .passed(.groupsClaim, "The provider lists the claim \(claim).")
    }

    // MARK: Helpers

    func request(_ url: String, purpose: String) -> OutboundRequest {
        OutboundRequest(.get, url, purpose: purpose, headers: [(name: "Accept", value: "*/*")])
    }

    /// This check and those after it.
    private func skipped(from first: SetupCheck.Name, _ reason: String) -> [SetupCheck] {
        SetupCheck.Name.allCases.drop { $0 != first }.flatMap { name in
            name == .redirectURI
                ? redirectURIs.map { .skipped(name, "\($0): \(reason)") } : [.skipped(name, reason)]
        }
    }
}
