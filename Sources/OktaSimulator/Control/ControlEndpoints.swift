import HTTPTypes
import Hummingbird

/// How tests steer the simulator: everything under /simulator, in JSON. A refusal is `{"problem": "…"}`.
///
///     POST   faults          {"endpoint": "token", "mode": "status-500", "count": 1}     the next `count` requests fail
///     POST   tampering       {"target": "id_token", "members": {"nonce": "x", "sub": null}, "header": {"kid": null},
///                             "signature": "flipped", "count": 1}        null takes a member out; each part is optional
///     DELETE faults, tampering, log                                      forgets what was ordered or logged
///     GET    log             {"requests": [{"method", "path", "status", "client_authentication", "client_id", …}]}
///     POST   clock           {"advance_seconds": 3600}                   moves the simulator's clock
///     GET    people          {"people": [{"id", "email", "groups", "status", "assigned", …}]}
///     POST   people          {"name": "…", "email": "…", "groups": […]}
///     PATCH  people/{email}  {"groups": […], "status": "SUSPENDED", "assigned": false, "name", "title", "email"}
///     POST   sessions        {"email": "…"}                              answers the cookie of a signed-in browser
///     DELETE sessions        [?email=…]                                  ends SSO sessions
///     POST   revoke-grants   {"email": "…"}                              ends a person's access and refresh tokens
///     POST   rotate-keys     {"alg": "ES256", "publish_old": true, "server": "org"}      each part is optional
///     POST   sign            {"claims": {…}, "header": {"typ": "logout+jwt"}, "server": "org"} → {"jwt": "…"}
struct ControlEndpoints {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        let group = router.group("simulator").add(middleware: ControlRequestGuard())
        PeopleControl(organization: organization).addRoutes(to: group)
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
        let change = Tampering.Change(
            members: body["members"]?.object ?? [:], header: body["header"]?.object ?? [:],
            signature: try body.choice("signature", Tampering.SignatureChange.self))
        let count = body["count"]?.integer ?? 1
        organization.tampering.order(change, for: target, count: count)
        return try .json(["target": .string(target.rawValue), "count": .integer(count)])
    }

    private func moveClock(_ body: JSONValue) throws -> Response {
        guard let seconds = body["advance_seconds"]?.integer else {
            throw ControlError(sentence: "'advance_seconds' must be a number")
        }
        let offset = organization.clock.advance(bySeconds: Double(seconds))
        return try .json([
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
