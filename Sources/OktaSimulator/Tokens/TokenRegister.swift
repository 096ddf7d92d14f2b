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
        /// By the grant's id, as `ended` is.
        var families: [String: RefreshFamily] = [:]
        var ended: [String: RefreshFamily.End] = [:]

        /// The first reason stands.
        mutating func end(_ grant: String, _ reason: RefreshFamily.End) {
            if ended[grant] == nil { ended[grant] = reason }
        }
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
                state.ended[record.grant.id] == nil
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
    /// works and yields the newest, and after it the family ends (RFC 9700 §4.14.2). A grace period of 0 is none.
    func refresh(_ token: String, client: Client, server: AuthorizationServer, now: Date) -> Refresh {
        state.withLock { state in
            guard let record = state.refresh[token], record.grant.clientID == client.id,
                record.grant.server == server,
                state.holds(record, idleLifetime: client.refreshTokenIdleLifetime, now: now)
            else { return .refused }
            let grant = record.grant
            if let replaced = record.replaced {
                guard client.refreshGrace > 0,
                    now.timeIntervalSince(replaced) <= TimeInterval(client.refreshGrace),
                    let newest = state.families[grant.id]?.newest
                else {
                    state.end(grant.id, .reuseDetected)
                    return .reuseDetected
                }
                state.families[grant.id]?.repeats += 1
                state.noteUse(of: grant.id, now: now)
                return .granted(grant, refreshToken: newest)
            }
            state.noteUse(of: grant.id, now: now)
            guard client.rotatesRefreshTokens else { return .granted(grant, refreshToken: token) }
            state.refresh[token]?.replaced = now
            return .granted(grant, refreshToken: state.issueRefreshToken(for: grant, now: now))
        }
    }

    /// Every family that was ever begun, oldest first, and how it ended if it did.
    var families: [(family: RefreshFamily, end: RefreshFamily.End?)] {
        state.withLock { state in
            state.families.values.map { ($0, state.ended[$0.grant.id]) }
        }.sorted { ($0.family.started, $0.family.grant.id) < ($1.family.started, $1.family.grant.id) }
    }

    // MARK: Revocation

    /// Ends every token of the grant.
    func revoke(grant id: String, _ reason: RefreshFamily.End) {
        state.withLock { $0.end(id, reason) }
    }

    /// RFC 7009 §2.1: an access token ends alone, a refresh token takes its grant along. A token of another client
    /// stays untouched.
    func revoke(_ token: String, clientID: String) {
        state.withLock { state in
            if let record = state.access[token], record.grant.clientID == clientID {
                state.access[token] = nil
            } else if let record = state.refresh[token], record.grant.clientID == clientID {
                state.end(record.grant.id, .revokedByClient)
            }
        }
    }

    /// Ends every grant of one person; returns how many had a refresh token.
    func revokeAll(ofPerson personID: String, _ reason: RefreshFamily.End) -> Int {
        state.withLock { state in
            let families = state.families.values.filter { $0.grant.personID == personID }.map(\.grant.id)
            let others = state.access.values.filter { $0.grant.personID == personID }.map(\.grant.id)
            for grant in families + others { state.end(grant, reason) }
            return families.count
        }
    }
}

extension TokenRegister.State {
    fileprivate mutating func issueRefreshToken(for grant: Grant, now: Date) -> String {
        let token = RandomIdentifiers.token(43)
        refresh[token] = TokenRegister.RefreshToken(grant: grant, issued: now)
        let begun = RefreshFamily(grant: grant, started: now, newest: token, lastUse: now)
        families[grant.id, default: begun].newest = token
        families[grant.id]?.lastUse = now
        return token
    }

    fileprivate mutating func noteUse(of grant: String, now: Date) {
        families[grant]?.refreshes += 1
        families[grant]?.lastUse = now
    }

    fileprivate func holds(_ record: TokenRegister.RefreshToken, idleLifetime: Int, now: Date) -> Bool {
        guard ended[record.grant.id] == nil, let family = families[record.grant.id] else { return false }
        return !family.isIdle(longerThan: idleLifetime, now: now)
    }
}
