"""A provider for what comes after the sign-in: refreshes, revocation, sign-out and logout tokens.

Refresh tokens rotate. A replaced one still works for `grace` seconds and yields the newest; after that it revokes its
whole family (RFC 9700 §4.14.2), as at Okta. Everything else is MisbehavingProvider, so any of it can be told to fail.
"""

import html
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Callable

import tokens
from faults import misanswer
from misbehaving_provider import Behaviour, Handler, MisbehavingProvider, Received
from secrets_ledger import remember
from tokens import changed

SCOPES = ["openid", "profile", "email", "groups", "offline_access"]


@dataclass
class Conduct(Behaviour):
    """How refreshes and sign-outs go, beside sign-ins; every default is the right behaviour."""

    refresh_claims: dict = field(default_factory=dict)  # changes of the refreshed ID token's claims
    refresh_header: dict = field(default_factory=dict)  # changes of its JOSE header
    refresh_make_token: Callable | None = None  # (claims, key) -> compact form
    refresh_answer: dict = field(default_factory=dict)  # changes of the token answer
    refresh_error: tuple | None = None  # (status, {"error": …}) or (status, …, headers); nothing is rotated
    refresh_fault: str | None = None  # a mode of faults.py; nothing is rotated
    refresh_pause: threading.Event | None = None  # rotated at once, answered when it is set
    silent_error: str | None = None  # the answer to prompt=none in place of a code
    logout_answer: dict = field(default_factory=dict)  # changes of what goes to post_logout_redirect_uri


@dataclass
class Family:
    """All refresh tokens of one sign-in. Times are those of time.monotonic()."""

    person: dict
    query: dict  # of the authorization request
    sid: str
    auth_time: int
    tokens: list[str] = field(default_factory=list)  # the newest last
    replaced: dict[str, float] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)  # every refresh, also a refused one
    refreshed: list[float] = field(default_factory=list)  # the granted ones
    repeated: int = 0  # grants to a replaced token within its grace
    now: int = 0  # refreshes under way
    most_at_once: int = 0
    revoked: str | None = None  # why

    @property
    def newest(self) -> str:
        return self.tokens[-1]


class RotatingProvider(MisbehavingProvider):
    def __init__(self, *arguments, grace: float = 30, **options):
        super().__init__(*arguments, handler=RotatingHandler, **options)
        self.server.socket.listen(128)  # many refreshes come at the same moment
        self.behaviour = Conduct()
        self.grace = grace
        self.down = False
        self.families: list[Family] = []
        self.changes: dict[str, dict] = {}  # by sub, what has become of a person since the sign-in
        self.by_token: dict[str, Family] = {}

    def behave(self, **changes) -> Conduct:
        self.behaviour = Conduct(**changes)
        return self.behaviour

    def settings(self, **changes) -> dict:
        return super().settings(**({"scopes": SCOPES} | changes))

    def metadata(self) -> dict:
        further = {
            "revocation_endpoint": f"{self.base}/revoke",
            "end_session_endpoint": f"{self.base}/logout",
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "frontchannel_logout_supported": True,
            "frontchannel_logout_session_supported": True,
        }
        return changed(further | super().metadata(), self.behaviour.discovery)

    # What tests say and ask

    def change_person(self, sub: str = "00u1ada", **claims):
        """From the next refresh on, also of sessions that exist."""
        self.changes[sub] = self.changes.get(sub, {}) | claims

    def family(self, number: int = -1) -> Family:
        return self.families[number]

    def refreshes(self) -> list[Received]:
        return [request for request in self.received("token") if request.form.get("grant_type") == "refresh_token"]

    def go_down(self):
        """Nobody listens any more, and connections that were open are of no use."""
        self.down = True
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def come_back(self):
        old = self.server
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), RotatingHandler)
        self.server.daemon_threads, self.server.provider, self.server.base = True, self, old.base
        self.down = False
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        if self.down:
            self.stopping.set()
        else:
            super().stop()

    # Sign-ins, as the base class makes them, begin a family

    def authorize(self, query: dict) -> tuple[str, dict]:
        silent_error = self.behaviour.silent_error
        if silent_error and query.get("prompt") == "none":
            return query["redirect_uri"], {"error": silent_error, "state": query["state"]}
        return super().authorize(query | {"sid": "sid-" + secrets.token_urlsafe(12)})

    def further_claims(self, query: dict) -> dict:
        return {"sid": query["sid"]}

    def new_refresh_token(self, query: dict, behaviour: Behaviour) -> str:
        family = Family(dict(behaviour.person), query, query["sid"], int(time.time()))
        with self.lock:
            self.families.append(family)
            return self.rotated(family)

    def rotated(self, family: Family) -> str:
        token = remember("rt-" + secrets.token_urlsafe(24))
        if family.tokens:
            family.replaced[family.newest] = time.monotonic()
        family.tokens.append(token)
        self.by_token[token] = family
        return token

    # Refreshes

    def refresh(self, handler: "RotatingHandler", request: Received):
        conduct = self.behaviour
        if not self.client_is_known(request):
            return handler.json(401, {"error": "invalid_client"})
        with self.lock:
            family = self.by_token.get(request.form.get("refresh_token", ""))
            if family is not None:
                family.asked.append(time.monotonic())
                family.now += 1
                family.most_at_once = max(family.most_at_once, family.now)
        try:
            if conduct.refresh_fault:
                return misanswer(handler, conduct.refresh_fault, self.stopping)
            if conduct.refresh_error:
                return handler.json(*conduct.refresh_error)
            token = self.next_token(family, request.form.get("refresh_token", ""))
            if conduct.refresh_pause:
                conduct.refresh_pause.wait(30)
            if token is None:
                return handler.json(400, {"error": "invalid_grant", "error_description": "PROVIDER-TEXT it is over"})
            handler.json(200, self.refresh_answer(family, conduct, token))
        finally:
            if family is not None:
                with self.lock:
                    family.now -= 1

    def next_token(self, family: Family | None, token: str) -> str | None:
        now = time.monotonic()
        with self.lock:
            if family is None or family.revoked:
                return None
            if token == family.newest:
                family.refreshed.append(now)
                return self.rotated(family)
            if now - family.replaced[token] > self.grace:
                family.revoked = "a replaced token came back"
                return None
            family.repeated += 1
            family.refreshed.append(now)
            return family.newest

    def refresh_answer(self, family: Family, conduct: Conduct, token: str) -> dict:
        access_token = remember("at-" + secrets.token_urlsafe(24))
        person = family.person | self.changes.get(family.person.get("sub"), {})
        # What userinfo will say of this token.
        self.access_tokens[access_token] = Conduct(person=person, userinfo=conduct.userinfo)
        now, key = int(time.time()), self.signing_key
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 3600, "sid": family.sid}
        claims |= {"auth_time": family.auth_time, "at_hash": tokens.half_hash(access_token, key.alg)}
        shown = {"sub": person["sub"]} if conduct.thin else person
        claims = changed(claims | shown, conduct.refresh_claims)
        make = conduct.refresh_make_token or (lambda claims, key: tokens.token(claims, key, conduct.refresh_header))
        answer = {
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": 3600,
            "scope": family.query.get("scope", ""),
            "id_token": remember(make(claims, key)),
            "refresh_token": token,
        }
        return changed(answer, conduct.refresh_answer)

    # Revocation (RFC 7009) and sign-out (OpenID Connect RP-Initiated Logout 1.0)

    def revoke(self, request: Received) -> tuple[int, dict]:
        if not self.client_is_known(request):
            return 401, {"error": "invalid_client"}
        with self.lock:
            family = self.by_token.get(request.form.get("token", ""))
            if family is not None:
                family.revoked = "revoked by the client"
        return 200, {}

    def logout(self, request: Received) -> tuple[str, dict]:
        """The address to go back to and the parameters that go there."""
        asked = request.query or request.form
        try:
            _, claims = tokens.unverified(asked["id_token_hint"])
            if claims["iss"] != self.issuer or claims["aud"] != self.client_id:
                self.complain("logout with an id_token_hint of somebody else")
        except (KeyError, ValueError):
            self.complain("logout without an id_token_hint that can be read")
        for name in ("post_logout_redirect_uri", "state"):
            if not asked.get(name):
                self.complain(f"logout without {name}")
        answer = changed({"state": asked.get("state", "")}, self.behaviour.logout_answer)
        return asked.get("post_logout_redirect_uri", ""), answer


class RotatingHandler(Handler):
    def answer(self):
        if self.server.provider.down:
            self.close_connection = True
            return
        super().answer()

    def dispatch(self, provider: RotatingProvider, endpoint: str, request: Received):
        if endpoint == "token" and request.form.get("grant_type") == "refresh_token":
            provider.refresh(self, request)
        elif endpoint == "revoke":
            self.json(*provider.revoke(request))
        elif endpoint == "logout":
            self.redirect(*provider.logout(request))
        elif endpoint == "framed":
            # A page of the provider's that shows another address in a frame, as its sign-out page does.
            frames = f'<iframe src="{html.escape(request.query["src"])}"></iframe>'
            page = f"<!doctype html><html lang=en><title>Provider</title><h1>Signing out</h1>{frames}"
            self.reply(200, page.encode(), "text/html; charset=utf-8")
        else:
            super().dispatch(provider, endpoint, request)
