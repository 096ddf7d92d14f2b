import Identity
import StrictJSON

/// The caller's own session at a gateway.
package struct OwnSession: Sendable {
    /// A session that the provider confirmed longer ago than this is confirmed again before a script gets its token.
    static let freshFor = Duration.seconds(15 * 60)

    package let json: JSON

    /// Asks for the session; one that waits for the provider's word (overdue) is confirmed on the way.
    ///
    /// - Parameter freshly: also has an old confirmation renewed, as far as the provider can be asked.
    /// - Throws: `ClientError`: `sessionOver`, or what `call` throws.
    package static func fetch(
        _ api: GatewayAPI, freshly: Bool = false, now: UnixTime
    ) async throws(ClientError) -> OwnSession {
        let answer = try await api.send(.get, "/api/v1/session")
        guard let problem = answer.problem else {
            let session = OwnSession(json: answer.body ?? .null)
            guard freshly, let validated = session.validatedAt, now - validated > freshFor else { return session }
            return try await renewed(session, api)
        }
        guard problem.status == 401 else { throw api.refusal(problem) }
        // An overdue session may ask for nothing but its confirmation.
        return OwnSession(json: try await revalidate(api))
    }

    // The session is live. When the provider cannot be asked just now it stays so, and the gateway goes on trying.
    private static func renewed(_ session: OwnSession, _ api: GatewayAPI) async throws(ClientError) -> OwnSession {
        do {
            return OwnSession(json: try await revalidate(api))
        } catch {
            if error.reason == .sessionOver { throw error }
            return session
        }
    }

    private static func revalidate(_ api: GatewayAPI) async throws(ClientError) -> JSON {
        let answer = try await api.send(.post, "/api/v1/session/revalidate")
        guard let problem = answer.problem else { return answer.body ?? .null }
        let server = api.server.origin
        guard problem.status == 401 else {
            throw ClientError(
                .refused, "the session at \(server) cannot be confirmed just now: \(problem.sentence)", problem: problem
            )
        }
        throw ClientError(
            .sessionOver, "the session at \(server) is over; sign in again: gatehouse login --server \(server)",
            problem: problem)
    }

    package var email: String? { json["user"]?["email"]?.string }
    package var expiresAt: String? { json["expires_at"]?.string }

    private var validatedAt: UnixTime? {
        (json["validated_at"]?.string).flatMap { UnixTime(rfc3339: $0) }
    }
}
