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
            ]),
        Migration(
            version: 2, name: "revalidation, logout, command line, device codes, providers at run time",
            statements: [
                "ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'browser'",
                "ALTER TABLE sessions ADD COLUMN host TEXT",
                "ALTER TABLE sessions ADD COLUMN authentication_context TEXT",
                // When the provider last vouched for the person, and when it is to be asked next.
                "ALTER TABLE sessions ADD COLUMN validated_at BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE sessions ADD COLUMN revalidate_at BIGINT",
                "ALTER TABLE sessions ADD COLUMN revalidation_failures BIGINT NOT NULL DEFAULT 0",
                // Who asks at the moment: one process, one question at a time.
                "ALTER TABLE sessions ADD COLUMN lease_owner TEXT",
                "ALTER TABLE sessions ADD COLUMN lease_until BIGINT",
                "UPDATE sessions SET validated_at = created_at",
                "CREATE INDEX sessions_by_revalidation ON sessions (provider, realm, revalidate_at)",
                "CREATE INDEX sessions_by_provider_session ON sessions (provider, provider_session)",
                "CREATE INDEX sessions_by_creation ON sessions (created_at DESC, id)",
                "CREATE INDEX sessions_by_age ON sessions (realm, kind, created_at)",
                "DROP INDEX sessions_by_user",
                "CREATE INDEX sessions_by_user ON sessions (user_id, provider)",
                // What the provider said last.
                "ALTER TABLE users ADD COLUMN groups TEXT NOT NULL DEFAULT '[]'",
                "ALTER TABLE login_attempts ADD COLUMN purpose TEXT NOT NULL DEFAULT 'browser'",
                // The host name of a command line, or the id of a device code.
                "ALTER TABLE login_attempts ADD COLUMN purpose_detail TEXT",
                "ALTER TABLE login_attempts ADD COLUMN acr_values TEXT NOT NULL DEFAULT ''",
                "ALTER TABLE login_attempts ADD COLUMN is_silent BIGINT NOT NULL DEFAULT 0",
                """
                CREATE TABLE logout_attempts (
                    id TEXT PRIMARY KEY,
                    state_hash TEXT NOT NULL,
                    browser_hash TEXT NOT NULL,
                    position BIGINT NOT NULL,
                    provider TEXT NOT NULL,
                    secrets TEXT NOT NULL,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX logout_attempts_by_browser ON logout_attempts (browser_hash, position)",
                "CREATE INDEX logout_attempts_by_expiry ON logout_attempts (expires_at)",
                """
                CREATE TABLE token_revocations (
                    id TEXT PRIMARY KEY,
                    provider TEXT NOT NULL,
                    issuer TEXT NOT NULL,
                    refresh_token TEXT NOT NULL,
                    attempts BIGINT NOT NULL,
                    next_at BIGINT NOT NULL,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX token_revocations_by_time ON token_revocations (next_at)",
                """
                CREATE TABLE used_tokens (
                    issuer TEXT NOT NULL,
                    token_id TEXT NOT NULL,
                    expires_at BIGINT NOT NULL,
                    PRIMARY KEY (issuer, token_id)
                )
                """,
                "CREATE INDEX used_tokens_by_expiry ON used_tokens (expires_at)",
                """
                CREATE TABLE device_logins (
                    id TEXT PRIMARY KEY,
                    device_hash TEXT NOT NULL UNIQUE,
                    user_code TEXT NOT NULL UNIQUE,
                    realm TEXT NOT NULL,
                    host TEXT,
                    address TEXT,
                    created_at BIGINT NOT NULL,
                    expires_at BIGINT NOT NULL,
                    poll_interval BIGINT NOT NULL,
                    polled_at BIGINT,
                    status TEXT NOT NULL,
                    session_id TEXT,
                    token TEXT
                )
                """,
                "CREATE INDEX device_logins_by_expiry ON device_logins (expires_at)",
                """
                CREATE TABLE providers (
                    name TEXT PRIMARY KEY,
                    settings TEXT NOT NULL,
                    client_secret TEXT NOT NULL,
                    created_at BIGINT NOT NULL,
                    created_by TEXT NOT NULL
                )
                """,
                """
                CREATE TABLE proof_keys (
                    provider TEXT PRIMARY KEY,
                    private_key TEXT NOT NULL
                )
                """,
                "DROP INDEX audit_events_by_time",
                "CREATE INDEX audit_events_by_user ON audit_events (user_id, id)",
                "CREATE INDEX audit_events_by_session ON audit_events (session_id, id)",
            ]),
        Migration(
            version: 3, name: "SAML",
            statements: [
                "ALTER TABLE audit_events ADD COLUMN trace TEXT",
                // A provider that did not confirm its sign-out, and the reference to why.
                "ALTER TABLE logout_attempts ADD COLUMN unconfirmed TEXT",
                "ALTER TABLE login_attempts ADD COLUMN authenticated_after BIGINT",
                """
                CREATE TABLE login_handovers (
                    id TEXT PRIMARY KEY,
                    code_hash TEXT NOT NULL,
                    session_id TEXT NOT NULL,
                    token TEXT NOT NULL,
                    expires_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX login_handovers_by_expiry ON login_handovers (expires_at)",
                """
                CREATE TABLE provider_metadata (
                    provider TEXT PRIMARY KEY,
                    url TEXT NOT NULL,
                    issuer TEXT NOT NULL,
                    document TEXT NOT NULL,
                    fetched_at BIGINT NOT NULL
                )
                """,
            ]),
    ]
}
