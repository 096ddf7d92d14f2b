"""Tokens by which a provider ends sessions: logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4) and the tokens
of Okta's Universal Logout. Made good, or with one change.
"""

import json
import secrets
import time

import tokens
from gateway import Gateway
from rotating_provider import RotatingProvider
from secrets_ledger import remember
from tokens import changed
from user_agent import Answer

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def somebody(provider: RotatingProvider, **claims) -> dict:
    """A person nobody else of the suite is; the next logins are theirs."""
    name = secrets.token_hex(6)
    person = {"sub": f"00u{name}", "email": f"{name}@example.com", "name": "Some Body", "groups": ["infraon-admins"]}
    provider.behave(person=person | claims)
    return person | claims


# Back-channel logout


def logout_claims(provider: RotatingProvider, **changes) -> dict:
    """Without sub and sid, which the caller adds."""
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": provider.client_id, "iat": now, "exp": now + 120}
    claims |= {"jti": secrets.token_urlsafe(16), "events": {EVENT: {}}}
    return changed(claims, changes)


def logout_token(provider: RotatingProvider, header: dict | None = None, key=None, **changes) -> str:
    claims = logout_claims(provider, **changes)
    return remember(tokens.token(claims, key or provider.signing_key, {"typ": "logout+jwt"} | (header or {})))


def tell(gateway: Gateway, token: str, provider: str = "okta") -> Answer:
    """The provider's request, which no browser has a part in."""
    return gateway.send("POST", f"/logout/backchannel/{provider}", form={"logout_token": token})


def log_out(gateway: Gateway, provider: RotatingProvider, **subject) -> Answer:
    return tell(gateway, logout_token(provider, **subject))


# Universal Logout


def revocation_endpoint(gateway: Gateway, provider: str = "okta") -> str:
    return f"{gateway.url}/logout/universal/{provider}"


def revocation_claims(gateway: Gateway, provider: RotatingProvider, **changes) -> dict:
    now = int(time.time())
    claims = {"iss": provider.origin, "aud": revocation_endpoint(gateway), "sub": provider.client_id}
    claims |= {"iat": now, "nbf": now, "exp": now + 240, "jti": secrets.token_urlsafe(16)}
    return changed(claims, changes)


def revocation_token(gateway: Gateway, provider: RotatingProvider, header=None, key=None, **changes) -> str:
    claims = revocation_claims(gateway, provider, **changes)
    header = {"typ": "global-token-revocation+jwt"} | (header or {})
    return remember(tokens.token(claims, key or provider.signing_key, header))


def revoke_everything(gateway: Gateway, token: str | None, body, provider: str = "okta", **headers) -> Answer:
    """Okta's request; `body` is JSON, or the bytes to send."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return gateway.send("POST", f"/logout/universal/{provider}", headers, body=data)


def by_email(email: str) -> dict:
    return {"sub_id": {"format": "email", "email": email}}


def by_subject(issuer: str, sub: str) -> dict:
    return {"sub_id": {"format": "iss_sub", "iss": issuer, "sub": sub}}
