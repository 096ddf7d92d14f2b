import FoundationEssentials
import Synchronization

/// A browser's session with the organisation, which gives single sign-on.
struct SSOSession: Sendable {
    /// The `sid` of ID tokens.
    let id: String
    let personID: String
    /// When the person last authenticated: `auth_time`.
    var authenticated: Date
    var assurance: AssuranceLevel
    fileprivate var lastUsed: Date
}

/// The SSO sessions, by the value of the `sid` cookie.
final class SSOSessions: Sendable {
    static let cookieName = "sid"
    /// Okta's default: two hours without use.
    static let idleLifetime: TimeInterval = 2 * 3600

    private let state = Mutex<[String: SSOSession]>([:])

    /// The live session of this cookie, which counts as used.
    func session(cookie: String, now: Date) -> SSOSession? {
        state.withLock { sessions in
            guard let session = sessions[cookie] else { return nil }
            guard now.timeIntervalSince(session.lastUsed) < SSOSessions.idleLifetime else {
                sessions[cookie] = nil
                return nil
            }
            sessions[cookie]?.lastUsed = now
            return session
        }
    }

    /// The `sid` of this cookie, when there is a session, used lately or not.
    func id(cookie: String) -> String? {
        state.withLock { $0[cookie]?.id }
    }

    /// Notes that the browser with this cookie signed in as this person. The same person keeps the session, and the
    /// strongest sign-in of it counts; another one ends it. Returns the cookie to set.
    func signIn(
        personID: String, assurance: AssuranceLevel, replacing cookie: String?, now: Date
    ) -> (cookie: String, session: SSOSession) {
        state.withLock { sessions in
            if let cookie, var session = sessions[cookie], session.personID == personID {
                session.authenticated = now
                session.assurance = max(session.assurance, assurance)
                session.lastUsed = now
                sessions[cookie] = session
                return (cookie, session)
            }
            if let cookie { sessions[cookie] = nil }
            let session = SSOSession(
                id: "idx" + RandomIdentifiers.token(22), personID: personID, authenticated: now,
                assurance: assurance, lastUsed: now)
            let cookie = RandomIdentifiers.token(40)
            sessions[cookie] = session
            return (cookie, session)
        }
    }

    /// Ends every session that `isEnded` says so of; returns how many.
    @discardableResult
    func end(where isEnded: (_ cookie: String, _ session: SSOSession) -> Bool) -> Int {
        state.withLock { sessions in
            let before = sessions.count
            sessions = sessions.filter { !isEnded($0.key, $0.value) }
            return before - sessions.count
        }
    }
}
