import FoundationEssentials

/// What someone's sign-in gave a client. Every token issued from it names it, so that it can be revoked as a whole.
struct Grant: Sendable {
    let id: String
    let server: AuthorizationServer
    let clientID: String
    let personID: String
    let scopes: [String]
    let nonce: String?
    /// Which of the levels that the client asked for was satisfied; nil when it asked for none.
    let satisfiedAssurance: AssuranceLevel?
    let assurance: AssuranceLevel
    let authenticated: Date
    let sessionID: String
    /// The thumbprint of the key that the tokens are bound to (RFC 9449 §6).
    var keyThumbprint: String?
}

extension Grant {
    init(_ request: AuthorizationRequest, session: SSOSession, person: Person) {
        self.init(
            id: RandomIdentifiers.token(20), server: request.server, clientID: request.clientID,
            personID: session.personID, scopes: request.scopes, nonce: request.nonce,
            satisfiedAssurance: request.satisfiedAssurance(session, person), assurance: session.assurance,
            authenticated: session.authenticated, sessionID: session.id)
    }
}
