import FoundationEssentials
import Synchronization

/// Every access and refresh token that was issued, and which of them still hold.
final class TokenRegister: Sendable {
    struct AccessToken: Sendable {
        let grant: Grant
        let scopes: [String]
        let id: String
        let issued: Date
        let expires: Date
    }

    struct RefreshToken: Sendable {
        let grant: Grant
        let issued: Date
        /// When its successor was issued, for rotating tokens.
        var replaced: Date?
    }

    enum Refresh {
        /// The grant and the refresh token that the answer carries.
        case granted(Grant, refreshToken: String)
        case refused
        /// A replaced token came back after its grace period: the whole family is now revoked.
        case reuseDetected
    }

    fileprivate struct State {
        var access: [String: AccessToken] = [:]
        var refresh: [String: RefreshToken] = [:]
        /// The newest refresh token of each grant.
        var newest: [String: String] = [:]
        var lastUse: [String: Date] = [:]
        var revokedGrants: Set<String> = []
    }

    private let state = Mutex(State())

    // MARK: Access tokens

    func add(_ token: String, _ record: AccessToken) {
        state.withLock { state in
            if state.access.count % 4096 == 4095 {
                state.access = state.access.filter { $0.value.expires > record.issued }
            }
            state.access[token] = record
        }
    }

    func accessToken(_ token: String, now: Date) -> AccessToken? {
        state.withLock { state in
            guard let record = state.access[token], record.expires > now,
                !state.revokedGrants.contains(record.grant.id)
            else { return nil }
            return record
        }
    }

    // MARK: Refresh tokens

    /// The first refresh token of a grant.
    func issueRefreshToken(for grant: Grant, now: Date) -> String {
        state.withLock { $0.issueRefreshToken(for: grant, now: now) }
    }

    func refreshToken(_ token: String, idleLifetime: Int, now: Date) -> RefreshToken? {
        state.withLock { state in
            guard let record = state.refresh[token], state.holds(record, idleLifetime: idleLifetime, now: now) else {
                return nil
            }
            return record
        }
    }

    /// Uses a refresh token. With rotation the token is replaced; within the grace period the replaced one still
    /// works and yields the newest, and after it the family ends (RFC 9700 §4.14.2).
    func refresh(_ token: String, client: Client, server: AuthorizationServer, now: Date) -> Refresh {
        state.withLock { state in
            guard let record = state.refresh[token], record.grant.clientID == client.id,
                record.grant.server == server,
                state.holds(record, idleLifetime: client.refreshTokenIdleLifetime, now: now)
            else { return .refused }
            let grant = record.grant
            if let replaced = record.replaced {
                guard now.timeIntervalSince(replaced) <= TimeInterval(client.refreshGrace),
                    let newest = state.newest[grant.id]
                else {
                    state.revokedGrants.insert(grant.id)
                    return .reuseDetected
                }
                state.lastUse[grant.id] = now
                return .granted(grant, refreshToken: newest)
            }
            guard client.rotatesRefreshTokens else {
                state.lastUse[grant.id] = now
                return .granted(grant, refreshToken: token)
            }
            state.refresh[token]?.replaced = now
            return .granted(grant, refreshToken: state.issueRefreshToken(for: grant, now: now))
        }
    }

    // MARK: Revocation

    /// Ends every token of the grant.
    func revoke(grant id: String) {
        state.withLock { _ = $0.revokedGrants.insert(id) }
    }

    /// RFC 7009 §2.1: an access token ends alone, a refresh token takes its grant along. A token of another client
    /// stays untouched.
    func revoke(_ token: String, clientID: String) {
        state.withLock { state in
            if let record = state.access[token], record.grant.clientID == clientID {
                state.access[token] = nil
            } else if let record = state.refresh[token], record.grant.clientID == clientID {
                state.revokedGrants.insert(record.grant.id)
            }
        }
    }

    /// Ends every grant of one person; returns how many had a refresh token.
    func revokeAll(ofPerson personID: String) -> Int {
        state.withLock { state in
            let grants = Set(state.refresh.values.filter { $0.grant.personID == personID }.map(\.grant.id))
            let others = state.access.values.filter { $0.grant.personID == personID }.map(\.grant.id)
            state.revokedGrants.formUnion(grants)
            state.revokedGrants.formUnion(others)
            return grants.count
        }
    }
}

extension TokenRegister.State {
    fileprivate mutating func issueRefreshToken(for grant: Grant, now: Date) -> String {
        let token = RandomIdentifiers.token(43)
        refresh[token] = TokenRegister.RefreshToken(grant: grant, issued: now)
        newest[grant.id] = token
        lastUse[grant.id] = now
        return token
    }

    fileprivate func holds(_ record: TokenRegister.RefreshToken, idleLifetime: Int, now: Date) -> Bool {
        guard !revokedGrants.contains(record.grant.id) else { return false }
        return now.timeIntervalSince(lastUse[record.grant.id] ?? record.issued) <= TimeInterval(idleLifetime)
    }
}
