import Hummingbird

/// Notes every request of the protocol endpoints; what tests ask under /simulator is not worth a line.
struct RequestLogMiddleware: RouterMiddleware {
    let organization: Organization

    func handle(
        _ request: Request, context: SimulatorRequestContext,
        next: (Request, SimulatorRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            note(request, status: response.status.code, context)
            return response
        } catch {
            note(request, status: (error as? any HTTPResponseError)?.status.code ?? 500, context)
            throw error
        }
    }

    private func note(_ request: Request, status: Int, _ context: SimulatorRequestContext) {
        guard !request.uri.path.hasPrefix("/simulator/") else { return }
        let values = context.notes.values
        // The name of a pending sign-in stays out.
        let page = [SignInPage.path, ConsentPage.path, SAMLSignOnEndpoint.path, SignOutEndpoint.path].first {
            request.uri.path.hasPrefix($0)
        }
        let path = page ?? request.uri.path
        organization.log.add(
            time: organization.clock.now, method: request.method.rawValue, path: path, status: status,
            notes: values)
        context.logger.info(
            "\(request.method) \(path) \(status)",
            metadata: ["client": "\(values.clientID ?? "-")", "error": "\(values.error ?? "-")"])
    }
}
