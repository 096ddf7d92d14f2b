import Synchronization

/// Which applications got an ID token with a `sid`: those are told when the session ends. They are remembered beyond the
/// session itself, which may pass unused while the applications' sessions go on.
final class SessionParticipants: Sendable {
    struct Participant: Sendable, Hashable {
        let clientID: String
        let server: AuthorizationServer
    }

    struct Session: Sendable {
        /// The `sid`.
        let id: String
        let personID: String
        var participants: Set<Participant> = []
    }

    private let state = Mutex<[String: Session]>([:])

    func note(_ grant: Grant) {
        state.withLock { sessions in
            let new = Session(id: grant.sessionID, personID: grant.personID)
            sessions[grant.sessionID, default: new].participants
                .insert(Participant(clientID: grant.clientID, server: grant.server))
        }
    }

    /// The sessions that `isMeant` says so of; each is given out once.
    func take(where isMeant: (Session) -> Bool) -> [Session] {
        state.withLock { sessions in
            let taken = sessions.values.filter(isMeant).sorted { $0.id < $1.id }
            for session in taken { sessions[session.id] = nil }
            return taken
        }
    }
}
