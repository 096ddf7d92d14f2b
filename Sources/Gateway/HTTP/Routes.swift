import HTTPTypes
import Identity
import Logging

/// Which path leads where. What is not listed is not there.
struct Routes: Sendable {
    let services: GatewayServices
    var servesMetrics = true
    /// The listener of `metrics_listen` serves nothing else.
    var servesOnlyMetrics = false

    /// Never throws: what goes wrong becomes an answer and a line in the log.
    func answer(_ request: IncomingRequest) async -> Answer {
        let start = ContinuousClock.now
        guard IncomingRequest.isSafe(request.head) else {
            return finish(
                .problem(
                    RequestProblem(
                        400, "request_text_unsafe",
                        "The address or a header field holds a long run of combining marks, which no language writes.")),
                request, since: start)
        }
        if let problem = Self.hostProblem(request) { return finish(.problem(problem), request, since: start) }
        if let face = CheckFace(path: request.path), !servesOnlyMetrics {
            let answer = await CheckResponder(services: services).answer(request, face: face)
            services.metrics.recordCheck(status: answer.status.code, duration: .now - start)
            return answer
        }
        var answer: Answer
        do {
            answer = try await route(request)
        } catch let problem as RequestProblem where isSignInOrOut(request) && ![405, 429].contains(problem.status) {
            if request.path == "/logout/callback", let limited = refusedTooOften(request) {
                return finish(present(limited, request), request, since: start)
            }
            let kind = request.path.hasPrefix("/logout") ? AuditEvent.Kind.logoutRefused : .signInFailed
            answer = await LoginFailure(services: services).answer(problem, request: request, kind: kind)
        } catch let problem as RequestProblem {
            answer = present(problem, request)
        } catch {
            let reference = services.random.readable(8)
            services.logger.error(
                "request failed",
                metadata: [
                    "request_id": "\(request.id)", "reference": "\(reference)", "method": "\(request.method)",
                    "path": "\(request.loggedPath)", "error": "\(error)",
                ])
            answer = present(
                RequestProblem(
                    503, "temporarily_unavailable",
                    "Something in the gateway did not work, and nothing was changed. Try again in a minute; if it stays, give the reference to your administrator.",
                    reference: reference), request)
        }
        return finish(answer, request, since: start)
    }

    private func refusedTooOften(_ request: IncomingRequest) -> RequestProblem? {
        do {
            try services.frontDoor.admit(.refusedLogoutsPerAddress, address: request.clientAddress)
            return nil
        } catch {
            return error
        }
    }

    /// Whose failures are sign-ins or sign-outs that failed. Whoever is only too fast leaves no trace in the trail, or it would be the trail
    /// that they fill.
    private func isSignInOrOut(_ request: IncomingRequest) -> Bool {
        ["/login", "/login/callback", "/login/cli", "/login/initiate", "/logout/callback"].contains(request.path)
            || request.path.hasPrefix("/login/saml/") && !request.path.hasSuffix("/metadata")
    }

    private func finish(_ answer: Answer, _ request: IncomingRequest, since start: ContinuousClock.Instant) -> Answer {
        var answer = answer
        answer.headers[.xRequestID] = request.id
        services.metrics.recordRequest(status: answer.status.code, duration: .now - start)
        services.logger.debug(
            "request",
            metadata: [
                "request_id": "\(request.id)", "method": "\(request.method)", "path": "\(request.loggedPath)",
                "status": "\(answer.status.code)",
            ])
        return answer
    }

    /// RFC 9112 §3.2: exactly one Host. Health checks of load balancers speak HTTP/1.0 without one.
    static func hostProblem(_ request: IncomingRequest) -> RequestProblem? {
        let names = request.head.headerFields.lazy.map(\.name)
        let isMissing = request.head.authority?.isEmpty ?? true
        guard names.contains(.host) || isMissing && !["/healthz", "/readyz", "/metrics"].contains(request.path) else {
            return nil
        }
        return RequestProblem(400, "host_malformed", "A request must have exactly one Host.")
    }

    private func route(_ request: IncomingRequest) async throws -> Answer {
        if request.path == "/metrics", servesMetrics {
            try allow(request, "GET")
            return await Operations(services: services).metrics()
        }
        guard !servesOnlyMetrics else { throw notFound }
        switch request.path {
        case "/":
            try allow(request, "GET")
            return try await HomePage(services: services).answer(request)
        case "/login":
            try allow(request, "GET")
            return try await LoginRoute(services: services).begin(request)
        case "/login/callback":
            try allow(request, "GET", "POST")
            return try await CallbackRoute(services: services).answer(request)
        case "/login/initiate":
            try allow(request, "GET", "POST")
            return try await LoginRoute(services: services).initiate(request)
        case "/login/cli":
            try allow(request, "GET")
            return try await CommandLineBrowserRoute(services: services).answer(request)
        case let path where path.hasPrefix("/login/saml/"): return try await saml(request)
        case "/logout":
            try allow(request, "GET", "POST")
            return try await LogoutRoute(services: services).answer(request)
        case "/logout/callback":
            try allow(request, "GET")
            return try await ProviderVisits(services: services, request: request).returned()
        case "/device":
            try allow(request, "GET", "POST")
            let route = DeviceRoute(services: services)
            return request.method == "POST" ? try await route.show(request) : try route.entry(request)
        case "/device/approve":
            try allow(request, "POST")
            return try await DeviceRoute(services: services).approve(request)
        case "/device/refuse":
            try allow(request, "POST")
            return try await DeviceRoute(services: services).refuse(request)
        case "/.well-known/jwks.json":
            try allow(request, "GET")
            return Operations(services: services).keySet()
        case "/healthz":
            try allow(request, "GET")
            return Operations(services: services).alive()
        case "/readyz":
            try allow(request, "GET")
            return await Operations(services: services).ready()
        case let path where path.hasPrefix("/api/v1/"):
            return try await APIRoutes(services: services).answer(request, path: path.dropFirst("/api/v1/".count))
        case let path where path.hasPrefix("/logout/"): return try await providerLogout(request)
        default: throw notFound
        }
    }

    /// `/login/saml/{provider}`, `/login/saml/{provider}/metadata`
    private func saml(_ request: IncomingRequest) async throws -> Answer {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 5, parts[4] == "metadata" {
            try allow(request, "GET")
            return try ServiceProviderMetadataRoute(services: services).answer(provider: ProviderName(parts[3]))
        }
        do {
            guard parts.count == 4 else { throw notFound }
            try allow(request, "POST")
            return try await AssertionConsumerRoute(services: services).answer(
                request, provider: ProviderName(parts[3]))
        } catch let problem as RequestProblem where ![405, 429].contains(problem.status) {
            // It leaves a row in the trail, of which nobody may write as many as they like.
            try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
            throw problem
        }
    }

    /// `/logout/{channel}/{provider}`
    private func providerLogout(_ request: IncomingRequest) async throws -> Answer {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { throw notFound }
        let routes = ProviderLogoutRoutes(services: services)
        let provider = ProviderName(parts[3])
        switch parts[2] {
        case "backchannel":
            try allow(request, "POST")
            return try await routes.backchannel(request, provider: provider)
        case "frontchannel":
            try allow(request, "GET")
            return try await routes.frontchannel(request, provider: provider)
        case "saml":
            try allow(request, "GET", "POST")
            return try await SingleLogoutRoute(services: services).answer(request, provider: provider)
        case "universal":
            try allow(request, "POST")
            return try await routes.universal(request, provider: provider)
        default: throw notFound
        }
    }

    private var notFound: RequestProblem {
        RequestProblem(404, "not_found", "There is nothing at this address. Check it, or go to the start page.")
    }

    /// HEAD goes where GET goes, except where GET changes something: a login leaves an attempt behind, a logout ends one.
    private func allow(_ request: IncomingRequest, _ methods: String...) throws(RequestProblem) {
        let isHead = request.method == "HEAD" && methods.contains("GET") && !request.path.hasPrefix("/log")
        guard methods.contains(request.method) || isHead else {
            throw .methodNotAllowed(methods.joined(separator: ", "))
        }
    }

    private func present(_ problem: RequestProblem, _ request: IncomingRequest) -> Answer {
        if request.path.hasPrefix("/api/") || request.path == "/metrics" || request.path == "/healthz"
            || request.path == "/readyz" || request.path.hasPrefix("/.well-known/")
        {
            return .problem(problem)
        }
        return MessagePage(problem: problem).answer.adding(problem.headers)
    }
}
