// An Okta organisation on loopback, for trying the gateway out and for its tests.
//
// Owns: the two authorization servers of the organisation with their endpoints, its SAML apps with theirs, the sign-in
// page, the people and applications of the people file, what it tells applications of a logout, and the control endpoints
// that tests steer it with. All state is in memory, and it calls nobody but programs on this machine.
// Does not own: any code of the product. It signs and verifies by itself, so that an error in the product's
// cryptography cannot hide behind the same error here.
//
// Flow: `PeopleFile` is read into an `Organization`; `buildRouter` puts the endpoints over it; `SimulatorServer` listens.
// A sign-in walks (PushedAuthorizationEndpoint →) AuthorizeEndpoint → AuthorizationRequest → SignInDecision →
// AuthorizationCodes, and from there TokenEndpoint → ClientAuthentication → DPoPProof → PKCE → TokenIssuer.
// A sign-in by SAML walks SAMLSignOnEndpoint → SAMLInboundMessage → SAMLAuthnRequest → SAMLSignOn → SAMLResponse.
// A logout walks LogoutEndpoint, SAMLLogoutEndpoint or SignOutEndpoint → SignOut → SessionParticipants, SAMLParticipants →
// BackchannelLogout, FrontchannelLogout and SAMLLogoutMessage.

import Hummingbird

/// Every route of the simulator. The executable and the tests build it here.
package func buildRouter(for organization: Organization) -> Router<SimulatorRequestContext> {
    let router = Router(context: SimulatorRequestContext.self)
    router.add(middleware: RequestLogMiddleware(organization: organization))
    router.add(middleware: FaultMiddleware(organization: organization))
    router.get("/") { request, _ in
        let session = request.cookie(SSOSessions.cookieName)
            .flatMap { organization.sessions.session(cookie: $0, now: organization.clock.now) }
        let person = session.flatMap { organization.people.person($0.personID) }
        return Response.html(HomePage.render(organization, signedInAs: person))
    }
    PushedAuthorizationEndpoint(organization: organization).addRoutes(to: router)
    AuthorizeEndpoint(organization: organization).addRoutes(to: router)
    TokenEndpoint(organization: organization).addRoutes(to: router)
    UserInfoEndpoint(organization: organization).addRoutes(to: router)
    KeysEndpoint(organization: organization).addRoutes(to: router)
    DiscoveryEndpoint(organization: organization).addRoutes(to: router)
    RevocationEndpoint(organization: organization).addRoutes(to: router)
    IntrospectionEndpoint(organization: organization).addRoutes(to: router)
    LogoutEndpoint(organization: organization).addRoutes(to: router)
    SAMLSignOnEndpoint(organization: organization).addRoutes(to: router)
    SAMLMetadataEndpoint(organization: organization).addRoutes(to: router)
    SAMLLogoutEndpoint(organization: organization).addRoutes(to: router)
    SignOutEndpoint(organization: organization).addRoutes(to: router)
    ControlEndpoints(organization: organization).addRoutes(to: router)
    return router
}
