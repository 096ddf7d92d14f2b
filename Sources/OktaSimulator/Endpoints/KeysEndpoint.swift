import Hummingbird

/// The published signing keys as a JWK Set (RFC 7517 §5).
struct KeysEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            router.get(RouterPath(server.path("keys"))) { _, _ in
                let keys = try organization.keys(server).published.map { try $0.jwk() }
                return try Response.json(["keys": .array(keys)], cacheControl: "max-age=3600, must-revalidate")
            }
        }
    }
}
