import SQL

/// The tables of this target. Released steps never change.
package enum Schema {
    package static let migrations = [
        Migration(
            version: 1, name: "login attempts, users, sessions, audit, signing keys",
            statements: [
                """
                CREATE TABLE login_attempts (
                    id TEXT PRIMARY KEY,
                    state_hash TEXT NOT NULL,
                    browser_hash TEXT NOT NULL,
                    realm TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    return_to TEXT NOT NULL,
                    secrets TEXT NOT NULL,
                    maximum_age BIGINT,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX login_attempts_by_expiry ON login_attempts (expires_at)",
                """
                CREATE TABLE users (
                    id TEXT PRIMARY KEY,
                    issuer TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    email TEXT,
                    email_folded TEXT,
                    name TEXT,
                    preferred_username TEXT,
                    created_at BIGINT NOT NULL,
                    last_sign_in_at BIGINT NOT NULL,
                    UNIQUE (issuer, subject)
                )
                """,
                "CREATE INDEX users_by_email ON users (email_folded)",
                """
                CREATE TABLE sessions (
                    id TEXT PRIMARY KEY,
                    token_hash TEXT NOT NULL UNIQUE,
                    user_id TEXT NOT NULL REFERENCES users (id),
                    realm TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    groups TEXT NOT NULL,
                    provider_session TEXT,
                    created_at BIGINT NOT NULL,
                    authenticated_at BIGINT,
                    last_seen_at BIGINT NOT NULL,
                    ends_at BIGINT NOT NULL,
                    address TEXT,
                    user_agent TEXT,
                    refresh_token TEXT,
                    id_token TEXT
                )
                """,
                "CREATE INDEX sessions_by_user ON sessions (user_id)",
                "CREATE INDEX sessions_by_end ON sessions (ends_at)",
                "CREATE INDEX sessions_by_last_seen ON sessions (realm, last_seen_at)",
                """
                CREATE TABLE audit_events (
                    id TEXT PRIMARY KEY,
                    at BIGINT NOT NULL,
                    kind TEXT NOT NULL,
                    reference TEXT,
                    reason TEXT,
                    detail TEXT,
                    realm TEXT,
                    provider TEXT,
                    user_id TEXT,
                    session_id TEXT,
                    address TEXT,
                    actor TEXT
                )
                """,
                "CREATE INDEX audit_events_by_time ON audit_events (at)",
                "CREATE INDEX audit_events_by_reference ON audit_events (reference)",
                """
                CREATE TABLE signing_keys (
                    generation BIGINT PRIMARY KEY,
                    key_id TEXT NOT NULL,
                    private_key TEXT NOT NULL,
                    active_from BIGINT NOT NULL
                )
                """,
            ])
    ]
}
