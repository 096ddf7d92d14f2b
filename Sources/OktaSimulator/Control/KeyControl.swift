import Hummingbird

/// Keys and signatures, for tests.
struct KeyControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.post("rotate-keys") { request, _ in try await rotate(try await request.controlBody()) }
        group.post("sign") { request, _ in try sign(try await request.controlBody()) }
    }

    /// Both servers rotate unless one is named.
    private func rotate(_ body: JSONValue) async throws -> Response {
        let publishOld = body["publish_old"]?.bool ?? true
        let servers = try body.choice("server", AuthorizationServer.self).map { [$0] } ?? AuthorizationServer.allCases
        var answer: [String: JSONValue] = [:]
        for server in servers {
            let ring = organization.keys(server)
            let algorithm = try body.choice("alg", SigningAlgorithm.self) ?? ring.current.algorithm
            let key = try await ring.rotate(to: algorithm, publishOld: publishOld)
            answer[server.rawValue] = [
                "kid": .string(key.id), "alg": .string(key.algorithm.rawValue),
                "published": .strings(ring.published.map(\.id)),
            ]
        }
        return try .json(.object(answer))
    }

    /// Signs any claims with a server's current key: logout tokens, Universal Logout tokens, and forgeries of them.
    private func sign(_ body: JSONValue) throws -> Response {
        guard let claims = body["claims"], claims.object != nil else {
            throw ControlError(sentence: "'claims' must be an object")
        }
        let server = try body.choice("server", AuthorizationServer.self) ?? .org
        let token = try Tampering.Change(body).sign(claims, with: organization.keys(server).current)
        return try .json(["jwt": .string(token)])
    }
}
