"""Thousands of sessions, made of one real login."""

import base64
import hashlib
import http.client
import secrets
import sqlite3
from pathlib import Path


def multiply(store: Path, count: int) -> list[str]:
    """Copies the one session of a stopped gateway's store, with its person, until there are `count`; the new tokens.

    Every column is copied but those that must differ, so this does not know the schema by heart.
    """
    database = sqlite3.connect(store)
    database.row_factory = sqlite3.Row
    try:
        [session] = database.execute("SELECT * FROM sessions").fetchall()
        user = database.execute("SELECT * FROM users WHERE id = ?", (session["user_id"],)).fetchone()
        tokens = []
        with database:
            for number in range(count - 1):
                token = secrets.token_urlsafe(32)
                digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
                person = f"usr_benchmark{number:06}"
                email = f"person-{number}@example.com"
                insert(database, "users", user, id=person, subject=f"00u{number}", email=email)
                insert(
                    database, "sessions", session, id=f"ses_benchmark{number:06}", token_hash=digest, user_id=person
                )
                tokens.append(token)
        return tokens
    finally:
        database.close()


def insert(database: sqlite3.Connection, table: str, template: sqlite3.Row, **changes):
    values = dict(template) | changes
    columns = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    database.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))


def check_each(port: int, cookie_name: str, tokens: list[str]):
    """One session check for each token, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        for token in tokens:
            connection.request(
                "GET",
                "/session/check?realm=infraon",
                headers={
                    "Cookie": f"{cookie_name}={token}",
                    "X-Original-URL": "https://app.example.com/",
                    "X-Original-Method": "GET",
                },
            )
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"a session of the store is answered with {response.status}")
    finally:
        connection.close()
