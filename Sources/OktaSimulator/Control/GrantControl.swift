import FoundationEssentials
import Hummingbird

/// Grants and their families of refresh tokens, for tests that ask whether one was lost.
struct GrantControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.get("families") { request, _ in try list(request.queryParameters) }
        group.post("revoke-grants") { request, _ in try revoke(try await request.controlBody()) }
    }

    private func list(_ parameters: FormParameters) throws -> Response {
        let person = parameters["email"].map { organization.people.person($0)?.id }
        let families = organization.tokens.families.filter { family, _ in
            (person == nil || person == family.grant.personID)
                && (parameters["client_id"] == nil || parameters["client_id"] == family.grant.clientID)
        }.map { family, end in (family, end ?? idleEnd(of: family)) }
        return try .json([
            "families": .array(families.map(describe)),
            "alive": .integer(families.count { $0.1 == nil }),
            "dead": .integer(families.count { $0.1 != nil }),
        ])
    }

    private func idleEnd(of family: RefreshFamily) -> RefreshFamily.End? {
        guard let client = organization.clients[family.grant.clientID] else { return nil }
        let lifetime = client.refreshTokenIdleLifetime
        return family.isIdle(longerThan: lifetime, now: organization.clock.now) ? .idle : nil
    }

    private func describe(_ family: RefreshFamily, end: RefreshFamily.End?) -> JSONValue {
        let grant = family.grant
        let email = organization.people.person(grant.personID)?.email
        return [
            "family": .string(grant.id), "person": .string(email ?? grant.personID), "sub": .string(grant.personID),
            "client_id": .string(grant.clientID), "server": .string(grant.server.rawValue),
            "sid": .string(grant.sessionID), "started": .integer(family.started.numericDate),
            "last_use": .integer(family.lastUse.numericDate), "refreshes": .integer(family.refreshes),
            "repeats": .integer(family.repeats),
            "dpop_jkt": grant.keyThumbprint.map(JSONValue.string) ?? .null, "alive": .bool(end == nil),
            "reason": end.map { .string($0.rawValue) } ?? .null,
        ]
    }

    /// One family, or everything that a person has.
    private func revoke(_ body: JSONValue) throws -> Response {
        if let family = body["family"]?.string {
            guard organization.tokens.families.contains(where: { $0.family.grant.id == family }) else {
                throw ControlError(sentence: "there is no family \(family)")
            }
            organization.tokens.revoke(grant: family, .revokedByAdministrator)
            return try .json(["revoked": 1])
        }
        guard let person = body["email"]?.string.flatMap(organization.people.person) else {
            throw ControlError(sentence: "'email' must be that of a person, or 'family' a family")
        }
        let count = organization.tokens.revokeAll(ofPerson: person.id, .revokedByAdministrator)
        return try .json(["revoked": .integer(count)])
    }
}
