import FoundationEssentials

/// Okta's Universal Logout: the organisation tells an application to end everything of one person (the draft "Global
/// Token Revocation", of which Okta calls the endpoint).
struct UniversalLogout {
    /// How the person is named (RFC 9493 §3.2).
    enum SubjectFormat: String, Sendable, CaseIterable {
        case email
        case issuerAndSubject = "iss_sub"
    }

    let organization: Organization
    let endpoint: String
    let clientID: String

    private static let lifetime = 300

    /// The bearer token: issued by the org server whatever server the application uses.
    func token(_ change: Tampering.Change) throws -> String {
        let now = organization.clock.now.numericDate
        let claims: JSONValue = [
            "iss": .string(organization.url), "aud": .string(endpoint), "sub": .string(clientID),
            "iat": .integer(now), "nbf": .integer(now), "exp": .integer(now + Self.lifetime),
            "jti": .string(RandomIdentifiers.token(32)),
        ]
        return try change.sign(
            claims, with: organization.keys(.org).current, header: ["typ": "global-token-revocation+jwt"])
    }

    func body(for person: Person, _ format: SubjectFormat) -> JSONValue {
        switch format {
        case .email:
            ["sub_id": ["format": "email", "email": .string(person.email)]]
        case .issuerAndSubject:
            ["sub_id": ["format": "iss_sub", "iss": .string(organization.url), "sub": .string(person.id)]]
        }
    }

    func send(token: String, body: JSONValue) async throws -> Result<LoopbackPost.Answer, LoopbackPost.Failure> {
        await LoopbackPost(
            address: endpoint, contentType: "application/json", authorization: "Bearer \(token)",
            body: String(decoding: try body.encoded(), as: UTF8.self)
        ).send()
    }
}
