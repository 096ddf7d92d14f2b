import HTTPTypes
import Hummingbird

/// Logouts that begin at the organisation, for tests.
struct LogoutControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.post("logout") { request, _ in try await logout(try await request.controlBody()) }
        group.post("universal-logout") { request, _ in try await universalLogout(try await request.controlBody()) }
        group.get("logouts") { _, _ in
            try Response.json(["deliveries": .array(organization.deliveries.all.map(\.json))])
        }
        group.delete("logouts") { _, _ in
            organization.deliveries.clear()
            return Response(status: .noContent)
        }
    }

    /// Ends the sessions of a person, or the one with this sid, and posts the logout tokens.
    private func logout(_ body: JSONValue) async throws -> Response {
        let sid = body["sid"]?.string
        let person = body["email"]?.string.flatMap(organization.people.person)
        guard sid != nil || person != nil else {
            throw ControlError(sentence: "'email' must be that of a person, or 'sid' a session")
        }
        let naming = try body.choice("identify_by", BackchannelLogout.Naming.self)
        organization.sessions.end { $1.id == sid || $1.personID == person?.id }
        let sessions = organization.participants.take { $0.id == sid || $0.personID == person?.id }
        if body["revoke_tokens"]?.bool == true, let person {
            _ = organization.tokens.revokeAll(ofPerson: person.id, .revokedByAdministrator)
        }
        let deliveries = try await BackchannelLogout(organization: organization)
            .notify(sessions, naming: naming, clientID: body["client_id"]?.string)
        return try .json([
            "sessions": .strings(sessions.map(\.id)), "deliveries": .array(deliveries.map(\.json)),
            "frontchannel": .strings(FrontchannelLogout(organization: organization).frames(for: sessions)),
        ])
    }

    private func universalLogout(_ body: JSONValue) async throws -> Response {
        guard let endpoint = body["endpoint"]?.string, let clientID = body["client_id"]?.string else {
            throw ControlError(sentence: "'endpoint' and 'client_id' are needed")
        }
        let logout = UniversalLogout(organization: organization, endpoint: endpoint, clientID: clientID)
        let message: JSONValue
        if let given = body["body"] {
            message = given
        } else {
            let person = try person(body)
            let format = try body.choice("format", UniversalLogout.SubjectFormat.self) ?? .issuerAndSubject
            var subject = logout.body(for: person, format)
            if let changes = body["sub_id"]?.object {
                subject = ["sub_id": (subject["sub_id"] ?? [:]).merging(changes)]
            }
            message = subject
        }
        let token = try logout.token(try Tampering.Change(body))
        switch try await logout.send(token: token, body: message) {
        case .success(let answer):
            return try .json([
                "status": .integer(answer.status), "body": .string(answer.body),
                "headers": .object(answer.headers.mapValues(JSONValue.string)), "jwt": .string(token),
                "error": .null,
            ])
        case .failure(let failure):
            return try .json([
                "status": .null, "body": "", "headers": [:], "jwt": .string(token),
                "error": .string(failure.description),
            ])
        }
    }

    /// Someone who is not in the directory can be named too.
    private func person(_ body: JSONValue) throws -> Person {
        guard let email = body["email"]?.string else { throw ControlError(sentence: "'email' or 'body' is needed") }
        return organization.people.person(email)
            ?? Person(
                id: RandomIdentifiers.objectID(prefix: "00u", seed: email.lowercased()), name: email, email: email,
                groups: [])
    }
}
