import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

/// A provider by script: good answers for everything, each to be replaced by a test.
struct ProviderFixture {
    static let issuer = IDTokenFixture.issuer
    static let redirectURI = "https://sso.example.com/login/callback"
    static let accessToken = "an-access-token"
    static let code = "a-code/with+marks=&"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let secret = "a secret: with + and % and \u{e9}"

    static let discovery: [(String, JSON)] = [
        ("issuer", .string(issuer)), ("authorization_endpoint", "https://acme.okta.com/v1/authorize"),
        ("token_endpoint", "https://acme.okta.com/v1/token"),
        ("userinfo_endpoint", "https://acme.okta.com/v1/userinfo"),
        ("jwks_uri", "https://acme.okta.com/v1/keys"),
    ]

    let transport = ScriptedTransport()
    let clock = TestClock()

    init() {
        discover([])
        transport.on("jwks", bytes: keySet(TestKey.p256.jwk(kid: "k1")))
        answer()
        transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": ["from userinfo"]])
    }

    /// Answers of a status with header fields.
    static func answering(
        _ status: Int, _ body: JSON = [:], headers: [(name: String, value: String)] = []
    ) -> ScriptedTransport.Script {
        { _ throws(OutboundError) in OutboundResponse(status: status, headers: headers, body: body.serialized()) }
    }

    func discover(_ changes: [(String, JSON?)]) {
        let document = TestToken(claims: Self.discovery).claiming(changes).claims
        transport.on("discovery", .object(document))
    }

    /// What the token endpoint answers: an ID token with changes, and members beside it.
    func answer(
        _ changes: [(String, JSON?)] = [], by key: TestKey = .p256, kid: String? = "k1",
        with members: [(String, JSON?)] = []
    ) {
        transport.on("token") { [clock] _ throws(OutboundError) in
            let times: [(String, JSON?)] = [
                ("iat", .integer(clock.now.seconds)), ("exp", .integer(clock.now.seconds + 3600)),
            ]
            let token = IDTokenFixture.good.claiming(times + changes).signed(by: key, .es256, kid: kid)
            let body = TestToken(claims: [
                ("id_token", .string(token)), ("access_token", .string(Self.accessToken)), ("token_type", "Bearer"),
                ("refresh_token", "a-refresh-token"), ("expires_in", 3600),
            ]).claiming(members).claims
            return OutboundResponse(status: 200, headers: [], body: JSON.object(body).serialized())
        }
    }

    func party(
        _ authentication: RelyingPartySettings.ClientAuthentication = .secret(Secret(secret)),
        issuer: String = issuer, responseMode: RelyingPartySettings.ResponseMode = .query,
        scopes: [String] = ["openid", "profile", "groups"], usesPushedAuthorization: Bool = false,
        proofKey: PrivateKey? = nil, signsOutAtProvider: Bool = true, earlier: RelyingParty? = nil
    ) -> RelyingParty {
        RelyingParty(
            settings: RelyingPartySettings(
                name: "okta", issuer: issuer, clientID: IDTokenFixture.clientID, clientAuthentication: authentication,
                scopes: scopes, groupsClaim: "groups", responseMode: responseMode,
                usesPushedAuthorization: usesPushedAuthorization, proofKey: proofKey,
                signsOutAtProvider: signsOutAtProvider),
            transport: transport, random: .counting(), clock: clock.wallClock, configuredHosts: ["acme.okta.com"],
            earlier: earlier)
    }

    static func request(maximumAge: Duration? = nil, acrValues: [String] = []) -> AuthorizationRequest {
        AuthorizationRequest(
            state: "state", secrets: AuthorizationSecrets(nonce: IDTokenFixture.nonce, codeVerifier: verifier),
            redirectURI: redirectURI, maximumAge: maximumAge, acrValues: acrValues)
    }

    static func response(_ changes: [(String, String?)] = []) throws -> AuthorizationResponse {
        var fields = [("state", "state"), ("code", code)]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        return try AuthorizationResponse(fields: fields.map { (name: $0.0, value: $0.1) })
    }

    static var soon: ContinuousClock.Instant { .now + .seconds(30) }

    @discardableResult
    func redeem(
        _ party: RelyingParty? = nil, _ changes: [(String, String?)] = [], maximumAge: Duration? = nil,
        acrValues: [String] = []
    ) async throws -> SignIn {
        try await (party ?? self.party()).redeem(
            try Self.response(changes), of: Self.request(maximumAge: maximumAge, acrValues: acrValues),
            deadline: Self.soon)
    }

    /// Why a sign-in fails; nil when it does not.
    func failure(
        _ party: RelyingParty? = nil, _ changes: [(String, String?)] = [], maximumAge: Duration? = nil,
        acrValues: [String] = []
    ) async throws -> Failure? {
        try await Self.failure {
            try await redeem(party, changes, maximumAge: maximumAge, acrValues: acrValues)
        }
    }

    /// Why something fails; nil when it does not. No error may hold a secret.
    static func failure(_ body: () async throws -> some Any) async throws -> Failure? {
        do {
            _ = try await body()
            return nil
        } catch let error as SignInError {
            for secret in [code, secret, verifier, accessToken, "a-refresh-token"] {
                #expect(!"\(error)".contains(secret), "a secret shows in \(error)")
            }
            return Failure(error)
        }
    }
}

/// Why a sign-in failed; equal when reason and fault are, whatever the sentence.
struct Failure: Equatable {
    let reason: String
    let fault: SignInError.Fault
    let detail: String

    init(_ reason: String, _ fault: SignInError.Fault) { (self.reason, self.fault, detail) = (reason, fault, "") }
    init(_ error: SignInError) { (reason, fault, detail) = (error.reason, error.fault, error.detail) }

    static func == (left: Failure, right: Failure) -> Bool { left.reason == right.reason && left.fault == right.fault }
}
