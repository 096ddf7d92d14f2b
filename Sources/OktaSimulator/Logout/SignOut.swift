import Hummingbird

/// Ends SSO sessions and gathers what a browser has to load so that all applications hear of it.
struct SignOut {
    let organization: Organization

    struct Outcome {
        /// The SSO sessions that applications took part in.
        var sessionIDs: [String] = []
        /// For frames: the front-channel addresses of OpenID Connect, and pages with LogoutRequests.
        var frames: [String] = []
        /// Whom the frames' pages lead to.
        var origins: Set<String> = []
        var messages: [SAMLLogoutMessage] = []
        /// The page with these messages in frames; nil when there are none.
        var page: String?

        /// - Parameter target: Where the browser goes then.
        func farewell(target: String?) -> Response {
            .signedOut(frames: frames, origins: origins, target: target, settling: messages.isEmpty ? 0 : 1000)
        }
    }

    /// - Parameters:
    ///   - isEnded: Of an SSO session's id and its person's.
    ///   - appID: The SAML app that asked for it and need not be told.
    ///   - tellsClients: Whether those of OpenID Connect are told too.
    func end(
        cookie: String? = nil, exceptApp appID: String? = nil, tellsClients: Bool = true,
        where isEnded: (_ sessionID: String, _ personID: String) -> Bool
    ) async throws -> Outcome {
        organization.sessions.end { $0 == cookie || isEnded($1.id, $1.personID) }
        var outcome = Outcome()
        if tellsClients {
            let sessions = organization.participants.take { isEnded($0.id, $0.personID) }
            _ = try await BackchannelLogout(organization: organization).notify(sessions)
            outcome.sessionIDs = sessions.map(\.id)
            outcome.frames = FrontchannelLogout(organization: organization).frames(for: sessions)
        }
        let participants = organization.samlParticipants.take { isEnded($0.sessionID, $0.personID) }
        for participant in participants {
            if !outcome.sessionIDs.contains(participant.sessionID) { outcome.sessionIDs.append(participant.sessionID) }
            guard participant.appID != appID, let entry = organization.samlApps[participant.appID],
                entry.app.isLoggedOutByOthers,
                let message = try SAMLLogoutMessage(
                    ending: participant, entry, tampering: organization.tampering, now: organization.clock.now)
            else { continue }
            organization.samlLogouts.add(
                .init(requestID: message.messageID, participant: participant, binding: message.binding))
            outcome.messages.append(message)
        }
        if !outcome.messages.isEmpty {
            let id = organization.pendingLogouts.add(outcome.messages, now: organization.clock.now)
            let page = "\(organization.url)\(SignOutEndpoint.path)/\(id)"
            outcome.page = page
            outcome.frames += outcome.messages.indices.map { "\(page)/\($0)" }
        }
        outcome.origins = Set((outcome.frames + outcome.messages.map(\.address)).compactMap(Page.origin))
        return outcome
    }
}
