import Identity
import SQL

/// Why a session ended. The raw values are stable: scripts filter by them.
package enum SessionEndReason: String, Sendable, CaseIterable {
    case signedOut = "signed_out"
    case signedOutRemotely = "signed_out_remotely"
    case revokedByAdministrator = "revoked_by_administrator"
    case replacedByNewLogin = "replaced_by_new_login"
    case idleTimeout = "idle_timeout"
    case absoluteTimeout = "absolute_timeout"
    case backchannelLogout = "backchannel_logout"
    case frontchannelLogout = "frontchannel_logout"
    case universalLogout = "universal_logout"
    case samlLogout = "saml_logout"
    case providerRemoved = "provider_removed"
    /// The provider's name means another issuer by now.
    case providerChanged = "provider_changed"
    case deviceCodeExpired = "device_code_expired"
    case loginCodeExpired = "login_code_expired"
    /// The provider ended the grant, or answered for somebody else.
    case refreshRefused = "refresh_refused"
    case refreshIssuerMismatch = "refresh_issuer_mismatch"
    case refreshSubjectMismatch = "refresh_subject_mismatch"
    case refreshAudienceMismatch = "refresh_audience_mismatch"

    /// Whether the refresh token is to be revoked at the provider: not where the provider has done so itself.
    var revokesToken: Bool { self != .refreshRefused }
}

/// What is done with every session that ends, in the transaction that removes its row: an audit event, and its refresh
/// token goes to where `TokenRevocations` finds it.
struct SessionEnding: Sendable {
    let audit: AuditTrail

    /// - Parameter rows: removed rows of `sessions`, with all columns.
    func finish(
        _ rows: [SQLRow], at now: UnixTime, reason: (SQLRow) throws -> SessionEndReason, detail: String? = nil,
        actor: String? = nil, address: String? = nil, in tx: any SQLTransaction
    ) throws {
        for row in rows {
            let reason = try reason(row)
            let (id, provider) = (try row.text("id"), ProviderName(try row.text("provider")))
            try audit.append(
                AuditEvent(
                    .sessionEnded, at: now, reason: reason.rawValue, detail: detail,
                    realm: RealmName(try row.text("realm")), provider: provider, user: try row.text("user_id"),
                    session: id, address: address, actor: actor), in: tx)
            guard reason.revokesToken, let token = try row.optionalText("refresh_token") else { continue }
            let users = try tx.rows("SELECT issuer FROM users WHERE id = $1", .text(row.text("user_id")))
            guard let issuer = try users.first?.text("issuer") else { continue }
            try TokenRevocations.add(
                sealedToken: token, of: id, provider: provider, issuer: issuer, at: now, in: tx)
        }
    }

    func finish(
        _ rows: [SQLRow], at now: UnixTime, reason: SessionEndReason, detail: String? = nil, actor: String? = nil,
        address: String? = nil, in tx: any SQLTransaction
    ) throws {
        try finish(
            rows, at: now, reason: { _ in reason }, detail: detail, actor: actor, address: address, in: tx)
    }
}
