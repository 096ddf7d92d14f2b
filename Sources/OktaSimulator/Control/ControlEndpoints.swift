import HTTPTypes
import Hummingbird

/// How tests steer the simulator: everything under /simulator, in JSON. A refusal is `{"problem": "…"}`.
///
///     POST   faults          {"endpoint": "token", "mode": "status-500", "count": 1}     the next `count` requests fail
///                             endpoints: authorize, par, token, userinfo, jwks, discovery, revoke, introspect, logout,
///                             saml_sso, saml_metadata, saml_slo;
///                             modes: status-500, status-429, timeout, garbage, huge, drip, redirect, answer-lost (the
///                             request is carried out, and then answered with 500)
///     POST   tampering       {"target": "id_token", "members": {"nonce": "x", "sub": null}, "header": {"kid": null},
///                             "signature": "flipped", "count": 1, "grant_type": "refresh_token", "client_id": "…"}
///                             targets: id_token, access_token, token_response, userinfo, discovery,
///                             authorization_response, logout_token; null takes a member out; signature: flipped,
///                             stripped, unpublished-key, none (alg none), HS256 (with "secret", or the public key's
///                             PEM); each part is optional; grant_type and client_id say for which messages it is
///     POST   tampering       {"target": "saml_response", "members": {…}, "settings": {"sign_response": false},
///                             "signature": "flipped", "at": "assertion", "structure": "…", "client_id": "exk…"}
///                             settings: any of the app's, for this message; signature: flipped, digest, stripped,
///                             unpublished-key, hmac (keyed with the public key's PEM); at: response or assertion, else
///                             both; structure: duplicate-assertion, forged-assertion-first, no-assertion; members,
///                             changed before signing, of which null takes one out: id, version, issuer (both),
///                             response_issuer, assertion_issuer, assertion_id, assertion_version, destination,
///                             recipient, audience (a text or several), in_response_to (both),
///                             response_in_response_to, confirmation_in_response_to, name_id, name_id_format,
///                             session_index, context_class, status, status_detail, status_message, relay_state,
///                             attributes ({name: [values]}), skew_seconds (moves all times), and seconds from the
///                             assertion's IssueInstant: not_before_seconds, not_on_or_after_seconds,
///                             confirmation_not_on_or_after_seconds, authn_instant_seconds,
///                             session_not_on_or_after_seconds; issue_instant_seconds and
///                             assertion_issue_instant_seconds move these
///     POST   tampering       {"target": "saml_logout_request", …} or "saml_logout_response": settings and signature as
///                             above; members: id, version, issuer, destination, name_id, name_id_format, session_index
///                             (a text or several), in_response_to, status, status_detail, status_message,
///                             not_on_or_after_seconds, skew_seconds, relay_state
///     DELETE faults, tampering, log                                      forgets what was ordered or logged
///     GET    log             {"requests": [{"method", "path", "status", "client_authentication", "client_id",
///                             "grant_type", "parameters": names at authorize and par, "dpop_jkt", "error",
///                             "saml": the SAML message that came, {"message": "AuthnRequest", "binding", "id",
///                             "issuer", "destination", "acs_url", "force_authn", "is_passive", "context_classes",
///                             "name_id_policy", "relay_state", "signed", "verified", …}, …}]}
///     POST   clock           {"advance_seconds": 3600}                   moves the simulator's clock, and with it Date;
///                             → {"offset_seconds", "now"}; GET clock says the same
///     GET    people          {"people": [{"id", "email", "groups", "status", "assigned", …}]}
///     POST   people          {"name": "…", "email": "…", "groups": […]}
///     PATCH  people/{email}  {"groups": […], "status": "SUSPENDED", "assigned": false, "name", "title", "email",
///                             "highest_acr": "urn:okta:loa:1fa:any"}     the strongest sign-in that the person can do
///     POST   sessions        {"email": "…", "acr": "urn:okta:loa:2fa:any"} answers the cookie of a signed-in browser
///     DELETE sessions        [?email=…]                                  ends SSO sessions
///     GET    clients[/{id}]  {"clients": [{"client_id", "redirect_uris", "refresh_grace", …}]}, or the one
///     POST   clients         the members of a client in the people file; 201 and the client, 409 when there is one
///     PATCH  clients/{id}    {"refresh_grace": "5s", "refresh_rotation": false, "refresh_id_token": false,
///                             "refresh_tokens": false, "require_pushed_authorization": true, "require_dpop": true,
///                             "backchannel_logout_uri": "…", …}  any but client_id; null takes an address away
///     DELETE clients/{id}
///     GET    saml-apps[/{exk}]  {"apps": [{"exk", "acs_url", …, "issuer", "sso_url", "slo_url", "metadata_url",
///                             "tile_url", "certificates": [{"fingerprint", "active", "pem", "not_after"}]}]}
///     POST   saml-apps       {"acs_url": "…", "audience": "…"} and the other members of a SAML app in the people file;
///                             exk and name may be left out; optional "certificate": {"bits": 2048, "days": 3653}
///     PATCH  saml-apps/{exk} {"encryption": "aes256-gcm", "sp_certificate": "…", …}  any but exk; null takes away what
///                             may be absent
///     DELETE saml-apps/{exk}
///     POST   saml-apps/{exk}/certificates  {"bits": 2048, "days": 30, "active": true}   a new certificate, each part
///                             optional; the metadata have the active one alone, as Okta's
///     PATCH  saml-apps/{exk}/certificates  {"active": fingerprint}
///     GET    settings        of the whole organisation: {"require_pushed_authorization_requests": false,
///                             "acr_claim": "satisfied" | "absent" | any other text, which then is the claim,
///                             "dpop_nonce_at_userinfo": false}
///     PATCH  settings        some of them
///     DELETE dpop-nonces     forgets the nonces given out, so that the next proof is answered use_dpop_nonce
///     GET    families        [?email=…&client_id=…] {"families": [{"family", "person", "sub", "client_id", "server",
///                             "sid", "started", "last_use", "refreshes", "repeats", "dpop_jkt", "alive", "reason"}],
///                             "alive": 1, "dead": 0}; a family is the refresh tokens of one sign-in, `repeats` are
///                             refreshes with a replaced token in its grace period; reason: reuse_detected,
///                             code_reused, revoked_by_client, revoked_by_administrator, person_deprovisioned,
///                             idle_expired
///     POST   logout          {"email": "…"} or {"sid": "…"}; optional "identify_by": "both"|"sub"|"sid", "client_id",
///                             "revoke_tokens": true. Ends SSO sessions, posts logout tokens to backchannel_logout_uri
///                             of the applications that got tokens in them, once
///                             → {"sessions": [sid…], "deliveries": [{"client_id", "uri", "sub", "sid", "status",
///                             "body", "error"}], "frontchannel": [the addresses a logout page would frame]}
///     GET    logouts         {"deliveries": […]}, those of browsers' logouts too; DELETE logouts forgets them
///     POST   saml-logout     {"email": "…"} or {"sid": "…"}; optional "clients": false, "deliver": true. Ends SSO
///                             sessions; a LogoutRequest for each SAML app with a logout_url that the person was signed
///                             in to → {"sessions": [sid…], "page": where a browser finds the messages in frames, or
///                             null, "messages": [{"exk", "id", "binding", "address", "parameters": {"SAMLRequest",
///                             …}, "url": for the redirect binding, "delivery"}]}; "deliver" posts them from here;
///                             "clients" says whether the clients of OpenID Connect are told too
///     GET    saml-logouts    {"requests": [{"id", "exk", "name_id", "session_index", "sid", "binding", "answered",
///                             "verified", "status": […], "answer_binding"}]}: LogoutRequests of any kind of logout and
///                             what the apps answered; DELETE saml-logouts forgets them
///     GET    saml-sessions   {"sessions": [{"exk", "sid", "sub", "name_id", "name_id_format", "session_index"}]}: where
///                             people are signed in
///     POST   universal-logout  {"endpoint": "http://localhost:…", "client_id": "…", "email": "…",
///                             "format": "iss_sub"|"email"}; optional "sub_id": {changes}, "body": {…} in its place,
///                             "members", "header", "signature", "secret" as for tampering
///                             → {"status": 204, "body", "headers": {…}, "jwt", "error": null}
///     POST   revoke-grants   {"email": "…"} or {"family": "…"}           ends access and refresh tokens
///     POST   rotate-keys     {"alg": "ES256", "publish_old": true, "server": "org"}      each part is optional
///     POST   sign            {"claims": {…}, "header": {"typ": "logout+jwt"}, "server": "org"} → {"jwt": "…"}; optional
///                             "signature" and "secret" as for tampering
struct ControlEndpoints {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        let group = router.group("simulator").add(middleware: ControlRequestGuard())
        PeopleControl(organization: organization).addRoutes(to: group)
        ClientControl(organization: organization).addRoutes(to: group)
        SAMLAppControl(organization: organization).addRoutes(to: group)
        LogoutControl(organization: organization).addRoutes(to: group)
        SAMLLogoutControl(organization: organization).addRoutes(to: group)
        SettingsControl(organization: organization).addRoutes(to: group)
        GrantControl(organization: organization).addRoutes(to: group)
        KeyControl(organization: organization).addRoutes(to: group)
        group.post("faults") { request, _ in try orderFault(try await request.controlBody()) }
        group.delete("faults") { _, _ in
            organization.faults.clear()
            return Response(status: .noContent)
        }
        group.post("tampering") { request, _ in try orderTampering(try await request.controlBody()) }
        group.delete("tampering") { _, _ in
            organization.tampering.clear()
            return Response(status: .noContent)
        }
        group.get("log") { _, _ in
            try Response.json(["requests": .array(organization.log.entries.map(\.json))])
        }
        group.delete("log") { _, _ in
            organization.log.clear()
            return Response(status: .noContent)
        }
        group.post("clock") { request, _ in try moveClock(try await request.controlBody()) }
        group.get("clock") { _, _ in try clock(offset: organization.clock.advance(bySeconds: 0)) }
    }

    private func orderFault(_ body: JSONValue) throws -> Response {
        let endpoint = try body.required("endpoint", Faults.Endpoint.self)
        let mode = try body.required("mode", Faults.Mode.self)
        let count = body["count"]?.integer ?? 1
        organization.faults.order(mode, at: endpoint, count: count)
        return try .json([
            "endpoint": .string(endpoint.rawValue), "mode": .string(mode.rawValue), "count": .integer(count),
        ])
    }

    private func orderTampering(_ body: JSONValue) throws -> Response {
        let target = try body.required("target", Tampering.Target.self)
        let change = try target.isSAML ? Tampering.Change(saml: body, for: target) : Tampering.Change(body)
        let count = body["count"]?.integer ?? 1
        organization.tampering.order(
            change, for: target, on: .init(grantType: body["grant_type"]?.string, clientID: body["client_id"]?.string),
            count: count)
        return try .json(["target": .string(target.rawValue), "count": .integer(count)])
    }

    private func moveClock(_ body: JSONValue) throws -> Response {
        guard let seconds = body["advance_seconds"]?.integer else {
            throw ControlError(sentence: "'advance_seconds' must be a number")
        }
        return try clock(offset: organization.clock.advance(bySeconds: Double(seconds)))
    }

    private func clock(offset: Double) throws -> Response {
        try .json([
            "offset_seconds": .integer(Int(offset)), "now": .integer(organization.clock.now.numericDate),
        ])
    }
}

extension Request {
    func controlBody() async throws -> JSONValue {
        guard let body = try? await jsonBody(), body.object != nil else {
            throw ControlError(sentence: "the body must be a JSON object")
        }
        return body
    }
}
