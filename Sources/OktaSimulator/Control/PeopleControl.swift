import HTTPTypes
import Hummingbird

/// People and their sessions, for tests.
struct PeopleControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.get("people") { _, _ in
            try Response.json(["people": .array(organization.people.all.map(\.json))])
        }
        group.post("people") { request, _ in try add(try await request.controlBody()) }
        group.get("people/{email}") { _, context in
            guard let person = organization.people.person(context.emailParameter) else { return try notFound(context) }
            return try .json(person.json)
        }
        group.patch("people/{email}") { request, context in
            try change(try await request.controlBody(), context)
        }
        group.post("sessions") { request, _ in try signIn(try await request.controlBody()) }
        group.delete("sessions") { request, _ in
            let person = request.queryParameters["email"].flatMap(organization.people.person)
            let named = request.queryParameters["email"] != nil
            let ended = organization.sessions.end { !named || $1.personID == person?.id }
            return try Response.json(["ended": .integer(ended)])
        }
    }

    private func add(_ body: JSONValue) throws -> Response {
        guard let email = body["email"]?.string, let name = body["name"]?.string else {
            throw ControlError(sentence: "a person needs 'email' and 'name'")
        }
        let id = body["id"]?.string ?? RandomIdentifiers.objectID(prefix: "00u", seed: email.lowercased())
        var person = Person(id: id, name: name, email: email, title: nil, groups: ["Everyone"])
        try apply(body, to: &person)
        guard organization.people.add(person) else {
            return try .control(problem: "there is such a person already", status: .conflict)
        }
        return try .json(person.json, status: .created)
    }

    private func change(_ body: JSONValue, _ context: SimulatorRequestContext) throws -> Response {
        let changed = try organization.people.change(context.emailParameter) { person in
            try apply(body, to: &person)
        }
        guard let changed else { return try notFound(context) }
        if changed.status != .active {
            // Whoever is suspended or deprovisioned is signed out of Okta at once, and the tokens end.
            organization.sessions.end { $1.personID == changed.id }
            if changed.status == .deprovisioned {
                _ = organization.tokens.revokeAll(ofPerson: changed.id, .personDeprovisioned)
            }
        }
        return try .json(changed.json)
    }

    private func apply(_ body: JSONValue, to person: inout Person) throws {
        let known: Set<String> = ["id", "name", "email", "title", "groups", "status", "assigned", "highest_acr"]
        if let unknown = body.object?.keys.first(where: { !known.contains($0) }) {
            throw ControlError(sentence: "a person has no '\(unknown)'")
        }
        if let groups = body["groups"] {
            guard let names = groups.array?.compactMap(\.string), names.count == groups.array?.count else {
                throw ControlError(sentence: "'groups' must be a list of texts")
            }
            person.groups = names
        }
        if let status = try body.choice("status", Person.Status.self) { person.status = status }
        person.highestAssurance = try body.choice("highest_acr", AssuranceLevel.self) ?? person.highestAssurance
        if let assigned = body["assigned"]?.bool { person.isAssigned = assigned }
        if let name = body["name"]?.string { person.name = name }
        if let email = body["email"]?.string { person.email = email }
        if let title = body["title"] { person.title = title.string }
    }

    /// A browser session without a browser: the cookie for tests that do not want the sign-in page.
    private func signIn(_ body: JSONValue) throws -> Response {
        guard let person = body["email"]?.string.flatMap(organization.people.person), person.status == .active else {
            throw ControlError(sentence: "'email' must be that of an active person")
        }
        let assurance = try body.choice("acr", AssuranceLevel.self) ?? .oneFactor
        let (cookie, session) = organization.sessions.signIn(
            personID: person.id, assurance: assurance, replacing: nil, now: organization.clock.now)
        var response = try Response.json(
            ["cookie": .string("\(SSOSessions.cookieName)=\(cookie)"), "sid": .string(session.id)])
        response.headers[.setCookie] = SSOSessions.setCookie(cookie)
        return response
    }

    private func notFound(_ context: SimulatorRequestContext) throws -> Response {
        try .control(problem: "there is nobody called \(context.emailParameter)", status: .notFound)
    }
}

extension SimulatorRequestContext {
    fileprivate var emailParameter: String {
        let raw = parameters.get("email") ?? ""
        return raw.contains("%") ? FormParameters.decode(raw.utf8) : raw
    }
}
