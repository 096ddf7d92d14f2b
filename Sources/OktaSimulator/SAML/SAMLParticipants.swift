import Synchronization

/// Which SAML apps a person was signed in to within an SSO session: those are told when it ends.
final class SAMLParticipants: Sendable {
    struct Participant: Sendable, Hashable {
        /// Of the SSO session.
        let sessionID: String
        let personID: String
        let appID: String
        let nameID: String
        let nameIDFormat: String
        let sessionIndex: String
    }

    private let state = Mutex<[Participant]>([])

    var all: [Participant] { state.withLock { $0 } }

    func note(_ participant: Participant) {
        state.withLock { $0.append(participant) }
    }

    /// Those that `isMeant` says so of; each is given out once.
    func take(where isMeant: (Participant) -> Bool) -> [Participant] {
        state.withLock { participants in
            let taken = participants.filter(isMeant)
            participants.removeAll(where: isMeant)
            return taken
        }
    }
}
