/// The addresses that the logout page loads in frames (OpenID Connect Front-Channel Logout 1.0 §3).
struct FrontchannelLogout {
    let organization: Organization

    func frames(for sessions: [SessionParticipants.Session]) -> [String] {
        sessions.flatMap { session in
            session.participants.sorted { $0.clientID < $1.clientID }.compactMap { participant -> String? in
                guard let client = organization.clients[participant.clientID],
                    let address = client.frontchannelLogoutURI
                else { return nil }
                guard client.isFrontchannelSessionRequired else { return address }
                let query = formEncoded([("iss", organization.issuer(participant.server)), ("sid", session.id)])
                return address + (address.contains("?") ? "&" : "?") + query
            }
        }
    }
}
