import FoundationEssentials

/// The refresh tokens that descend from one sign-in. They live and die together (RFC 9700 §4.14.2).
struct RefreshFamily: Sendable {
    /// Why no token of a grant works any more.
    enum End: String, Sendable {
        /// A replaced token came back after its grace period.
        case reuseDetected = "reuse_detected"
        /// The authorization code came back (RFC 6749 §4.1.2).
        case codeReused = "code_reused"
        /// The client asked for it (RFC 7009).
        case revokedByClient = "revoked_by_client"
        /// A control endpoint asked for it.
        case revokedByAdministrator = "revoked_by_administrator"
        case personDeprovisioned = "person_deprovisioned"
        /// Not used for longer than the client's refresh_token_idle_lifetime. Computed, never stored.
        case idle = "idle_expired"
    }

    let grant: Grant
    let started: Date
    /// The one token of the family that is not replaced.
    var newest: String
    /// When a token of the family was last issued or used.
    var lastUse: Date
    /// Refreshes that were granted, those within the grace period included.
    var refreshes = 0
    /// Refreshes with a replaced token within its grace period: answers that were lost or not stored.
    var repeats = 0

    func isIdle(longerThan lifetime: Int, now: Date) -> Bool {
        now.timeIntervalSince(lastUse) > TimeInterval(lifetime)
    }
}
