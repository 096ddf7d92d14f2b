import FoundationEssentials

/// What someone's sign-in gave a client. Every token issued from it names it, so that it can be revoked as a whole.
struct Grant: Sendable {
    let id: String
    let server: AuthorizationServer
    let clientID: String
    let personID: String
    let scopes: [String]
    let nonce: String?
    /// The acr the client asked for, when it did.
    let requestedAssurance: AssuranceLevel?
    let assurance: AssuranceLevel
    let authenticated: Date
    let sessionID: String
    /// The thumbprint of the key that the tokens are bound to (RFC 9449 §6).
    var keyThumbprint: String?
}

extension Grant {
    init(_ request: AuthorizationRequest, session: SSOSession) {
        self.init(
            id: RandomIdentifiers.token(20), server: request.server, clientID: request.clientID,
            personID: session.personID, scopes: request.scopes, nonce: request.nonce,
            requestedAssurance: request.assurance, assurance: session.assurance,
            authenticated: session.authenticated, sessionID: session.id)
    }
}
