import FoundationEssentials
import Synchronization

/// The authorization codes: short-lived, single-use, bound to client, redirect URI, PKCE challenge
/// and, where the client asked so, to a key (RFC 6749 §4.1.2, RFC 7636 §4.4, RFC 9449 §10).
final class AuthorizationCodes: Sendable {
    struct Record: Sendable {
        let grant: Grant
        let redirectURI: String
        let codeChallenge: String?
        /// The key that alone may redeem the code.
        let keyThumbprint: String?
        fileprivate let issued: Date
        fileprivate var isUsed = false
    }

    enum Redemption {
        case fresh(Record)
        /// Presented before: whatever was issued from it is to be revoked (RFC 6749 §4.1.2).
        case reused(Record)
        case unknown
    }

    static let lifetime: TimeInterval = 60
    /// Used codes are remembered, so that a late reuse is recognised.
    private static let memory: TimeInterval = 24 * 3600

    private let state = Mutex<[String: Record]>([:])

    func issue(for grant: Grant, _ request: AuthorizationRequest, now: Date) -> String {
        let code = RandomIdentifiers.token(43)
        let record = Record(
            grant: grant, redirectURI: request.target.redirectURI, codeChallenge: request.codeChallenge,
            keyThumbprint: request.keyThumbprint, issued: now)
        state.withLock { codes in
            if codes.count % 1024 == 1023 {
                codes = codes.filter { now.timeIntervalSince($0.value.issued) < AuthorizationCodes.memory }
            }
            codes[code] = record
        }
        return code
    }

    /// Takes the code for the client it was issued to. Another client learns nothing and spoils nothing.
    func redeem(_ code: String, clientID: String, server: AuthorizationServer, now: Date) -> Redemption {
        state.withLock { codes in
            guard var record = codes[code], record.grant.clientID == clientID, record.grant.server == server else {
                return .unknown
            }
            if record.isUsed { return .reused(record) }
            record.isUsed = true
            codes[code] = record
            return now.timeIntervalSince(record.issued) <= AuthorizationCodes.lifetime ? .fresh(record) : .unknown
        }
    }
}
