import HTTPTypes
import Hummingbird

/// Single logouts that begin at the organisation, for tests.
struct SAMLLogoutControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.post("saml-logout") { request, _ in try await logOut(try await request.controlBody()) }
        group.get("saml-logouts") { _, _ in
            try Response.json(["requests": .array(organization.samlLogouts.all.map(\.json))])
        }
        group.delete("saml-logouts") { _, _ in
            organization.samlLogouts.clear()
            return Response(status: .noContent)
        }
        group.get("saml-sessions") { _, _ in
            try Response.json(["sessions": .array(organization.samlParticipants.all.map(\.json))])
        }
    }

    /// Ends the SSO sessions of a person. The messages are for the caller to deliver, for a browser to take from the
    /// page, or are posted from here.
    private func logOut(_ body: JSONValue) async throws -> Response {
        let sid = body["sid"]?.string
        let person = body["email"]?.string.flatMap(organization.people.person)
        guard sid != nil || person != nil else {
            throw ControlError(sentence: "'email' must be that of a person, or 'sid' a session")
        }
        let outcome = try await SignOut(organization: organization).end(tellsClients: body["clients"]?.bool ?? true) {
            id, personID in id == sid || personID == person?.id
        }
        var messages: [JSONValue] = []
        for message in outcome.messages {
            let delivery = body["deliver"]?.bool == true ? try await deliver(message) : .null
            messages.append(message.json(delivery: delivery))
        }
        return try .json([
            "sessions": .strings(outcome.sessionIDs), "page": outcome.page.map(JSONValue.string) ?? .null,
            "messages": .array(messages),
        ])
    }

    /// As a browser would that has no cookies.
    private func deliver(_ message: SAMLLogoutMessage) async throws -> JSONValue {
        guard message.binding == .post else {
            throw ControlError(sentence: "'deliver' is for the POST binding; open the message's 'url' instead")
        }
        let outcome = await LoopbackPost(
            address: message.address, contentType: "application/x-www-form-urlencoded",
            body: formEncoded(message.parameters.map { ($0.name, $0.value) })
        ).send()
        switch outcome {
        case .success(let answer):
            return [
                "status": .integer(answer.status), "body": .string(answer.body),
                "headers": .object(answer.headers.mapValues(JSONValue.string)), "error": .null,
            ]
        case .failure(let failure):
            return ["status": .null, "body": "", "headers": [:], "error": .string(failure.description)]
        }
    }
}

extension SAMLLogoutMessage {
    fileprivate func json(delivery: JSONValue) -> JSONValue {
        [
            "exk": .string(appID), "id": .string(messageID), "binding": .string(binding.rawValue),
            "address": .string(address),
            "parameters": .object(
                Dictionary(parameters.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 })),
            "url": binding == .redirect ? .string(redirect) : .null, "delivery": delivery,
        ]
    }
}

extension SAMLParticipants.Participant {
    fileprivate var json: JSONValue {
        [
            "exk": .string(appID), "sid": .string(sessionID), "sub": .string(personID), "name_id": .string(nameID),
            "name_id_format": .string(nameIDFormat), "session_index": .string(sessionIndex),
        ]
    }
}
