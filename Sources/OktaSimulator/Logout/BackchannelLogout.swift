import FoundationEssentials

/// Tells applications over the back channel that sessions have ended (OpenID Connect Back-Channel Logout 1.0).
struct BackchannelLogout {
    /// What a logout token says of who is meant; at least one of sub and sid (§2.4).
    enum Naming: String, Sendable, CaseIterable {
        case both
        case sub
        case sid
    }

    let organization: Organization

    private static let event = "http://schemas.openid.net/event/backchannel-logout"
    /// §2.4 recommends at most two minutes.
    private static let lifetime = 120

    /// Posts a token to each participant that has an address for it, all at once, and waits for the answers.
    ///
    /// - Parameters:
    ///   - naming: nil leaves it to the client's backchannel_logout_session_required.
    ///   - clientID: Only this client; nil for all.
    func notify(
        _ sessions: [SessionParticipants.Session], naming: Naming? = nil, clientID: String? = nil
    ) async throws -> [LogoutDelivery] {
        var messages: [Message] = []
        for session in sessions {
            for participant in session.participants where clientID == nil || clientID == participant.clientID {
                guard let client = organization.clients[participant.clientID],
                    let address = client.backchannelLogoutURI
                else { continue }
                let naming = naming ?? (client.isBackchannelSessionRequired ? .both : .sub)
                let sid = naming == .sub ? nil : session.id
                // By sub alone, one token ends all of a person's sessions.
                if sid == nil, messages.contains(where: { $0.repeats(participant, session.personID) }) { continue }
                let token = try token(for: session, participant, naming)
                messages.append(
                    Message(
                        participant: participant, address: address, sessionID: sid, personID: session.personID,
                        token: token))
            }
        }
        let deliveries = await withTaskGroup { group in
            for message in messages { group.addTask { await message.delivered() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        organization.deliveries.add(deliveries)
        return deliveries
    }

    /// §2.4: no nonce, and `typ` says what it is.
    private func token(
        for session: SessionParticipants.Session, _ participant: SessionParticipants.Participant, _ naming: Naming
    ) throws -> String {
        let now = organization.clock.now.numericDate
        var claims: [String: JSONValue] = [
            "iss": .string(organization.issuer(participant.server)), "aud": .string(participant.clientID),
            "iat": .integer(now), "exp": .integer(now + Self.lifetime),
            "jti": .string("LT." + RandomIdentifiers.token(43)), "events": [Self.event: [:]],
        ]
        if naming != .sid { claims["sub"] = .string(session.personID) }
        if naming != .sub { claims["sid"] = .string(session.id) }
        return try organization.tampering.sign(
            .object(claims), as: .logoutToken, with: organization.keys(participant.server).current,
            header: ["typ": "logout+jwt"], on: .init(clientID: participant.clientID))
    }

    private struct Message: Sendable {
        let participant: SessionParticipants.Participant
        let address: String
        let sessionID: String?
        let personID: String
        let token: String

        func repeats(_ participant: SessionParticipants.Participant, _ personID: String) -> Bool {
            sessionID == nil && self.participant == participant && self.personID == personID
        }

        /// §2.5: a form with the one parameter.
        func delivered() async -> LogoutDelivery {
            let outcome = await LoopbackPost(
                address: address, contentType: "application/x-www-form-urlencoded",
                body: formEncoded([("logout_token", token)])
            ).send()
            return LogoutDelivery(
                clientID: participant.clientID, address: address, sessionID: sessionID, personID: personID,
                outcome: outcome)
        }
    }
}
