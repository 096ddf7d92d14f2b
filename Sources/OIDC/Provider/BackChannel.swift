import Cryptography
import Identity
import Outbound

/// Asks a provider's endpoints, server to server: authenticated as the client, and with proofs where those are on.
struct BackChannel: Sendable {
    /// A form for one of the provider's endpoints.
    struct Form: Sendable, RedactedWhenPrinted {
        let purpose: String
        let endpoint: String
        let fields: [(String, String)]
        /// How the endpoint lets a client authenticate.
        let authenticationMethods: [String]
        /// Whether the endpoint takes DPoP proofs: the token and the pushed-authorization endpoint do.
        let isProven: Bool
    }

    let settings: RelyingPartySettings
    let transport: any OutboundTransport
    let random: RandomSource
    let clock: WallClock
    let configuredHosts: Set<String>
    let nonces: ProofNonces

    var credentials: ClientCredentials { ClientCredentials(settings: settings, random: random, clock: clock) }

    private var proofs: ProofOfPossession? {
        settings.proofKey.map { ProofOfPossession(key: $0, random: random, clock: clock) }
    }

    /// Posts a form as the client.
    ///
    /// - Throws: `SignInError` when there is no answer, whatever it says.
    func post(_ form: Form, deadline: ContinuousClock.Instant) async throws(SignInError) -> OutboundResponse {
        let proofs = form.isProven ? proofs : nil
        return try await send(proofs, to: .authorization, deadline: deadline) { (nonce) throws(SignInError) in
            var fields = form.fields
            var headers = [
                (name: "Content-Type", value: "application/x-www-form-urlencoded"),
                (name: "Accept", value: "application/json"),
            ]
            try credentials.authenticate(
                &fields, &headers, methods: form.authenticationMethods, endpoint: form.endpoint)
            if let proofs {
                headers.append((name: "DPoP", value: try proofs.proof(.post, form.endpoint, nonce: nonce)))
            }
            return OutboundRequest(
                .post, form.endpoint, purpose: form.purpose, headers: headers,
                body: Array(FormEncoding.encode(fields).utf8))
        }
    }

    /// Gets a resource of the provider's with an access token (RFC 6750 §2.1, RFC 9449 §7.1).
    ///
    /// - Throws: `SignInError` when there is no answer, whatever it says.
    func get(
        _ url: String, purpose: String, accessToken: Secret, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> OutboundResponse {
        let proofs = proofs
        return try await send(proofs, to: .resource, deadline: deadline) { (nonce) throws(SignInError) in
            let scheme = proofs == nil ? "Bearer" : "DPoP"
            var headers = [
                (name: "Authorization", value: "\(scheme) \(accessToken.reveal())"),
                (name: "Accept", value: "application/json"),
            ]
            if let proofs {
                let proof = try proofs.proof(.get, url, nonce: nonce, accessToken: accessToken)
                headers.append((name: "DPoP", value: proof))
            }
            return OutboundRequest(.get, url, purpose: purpose, headers: headers)
        }
    }

    /// Sends what the closure makes; once more, made anew, when the server wants its nonce in the proof (RFC 9449 §8).
    private func send(
        _ proofs: ProofOfPossession?, to server: ProofNonces.Server, deadline: ContinuousClock.Instant,
        _ request: (_ nonce: String?) throws(SignInError) -> OutboundRequest
    ) async throws(SignInError) -> OutboundResponse {
        guard proofs != nil else { return try await send(try request(nil), deadline: deadline) }
        let first = try await send(try request(nonces.current(server)), deadline: deadline)
        nonces.remember(first, from: server)
        guard let nonce = ProofNonces.challenge(in: first, from: server) else { return first }
        let second = try await send(try request(nonce), deadline: deadline)
        nonces.remember(second, from: server)
        return second
    }

    /// Sends a request as it is.
    func send(
        _ request: OutboundRequest, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> OutboundResponse {
        do {
            return try await transport.send(request, deadline: deadline, configuredHosts: configuredHosts)
        } catch {
            throw SignInError(error)
        }
    }
}

extension SignInError {
    package init(_ error: OutboundError) {
        self.init(
            error.reason.rawValue, error.detail, fault: error.reason == .timedOut ? .providerTimedOut : .provider)
    }
}
