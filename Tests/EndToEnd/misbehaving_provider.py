"""An OpenID provider that keeps every rule unless told which one to break.

It is a peer of its own: no code of the product, no OIDC library. A test sets `provider.behaviour` before a login and
looks at `provider.requests` after it. Nobody clicks: /authorize answers at once with a code.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import tokens
from faults import misanswer
from secrets_ledger import remember
from tokens import Key, changed

ADA = {
    "sub": "00u1ada",
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "groups": ["infraon-admins", "infraon-tech-berlin", "Everyone"],
}
PROFILE_CLAIMS = ("email", "name", "groups", "preferred_username", "given_name", "family_name")


@dataclass
class Behaviour:
    """How the next logins go; every default is the right behaviour."""

    person: dict = field(default_factory=lambda: dict(ADA))
    id_token: dict = field(default_factory=dict)  # changes of claims
    header: dict = field(default_factory=dict)  # changes of the JOSE header
    make_token: Callable | None = None  # (claims, key) -> compact form, in place of all signing here
    thin: bool = False  # profile and groups only at userinfo
    userinfo: dict = field(default_factory=dict)  # changes of claims
    discovery: dict = field(default_factory=dict)  # changes of members
    keys: list | None = None  # JWKs to publish in place of the right ones
    token: dict = field(default_factory=dict)  # changes of the token answer
    token_error: tuple | None = None  # (status, {"error": …})
    callback: dict = field(default_factory=dict)  # changes of the callback's parameters
    callback_error: dict | None = None  # in place of a code
    form_post: bool = False
    faults: dict = field(default_factory=dict)  # endpoint -> mode (faults.py), in force until changed
    before_signing: Callable | None = None  # called when the code is redeemed
    pause: threading.Event | None = None  # the token endpoint waits for it


@dataclass
class Received:
    """A request that the provider got."""

    endpoint: str
    method: str
    query: dict
    headers: dict
    form: dict


class MisbehavingProvider:
    """Runs from `start()` to `stop()`; usable as a context manager."""

    def __init__(self, client_secret: str | None = None, path: str = "", host: str = "127.0.0.1", handler=None):
        self.client_id = "0oa1gatehouse"
        self.client_secret = remember(client_secret or secrets.token_urlsafe(24))
        self.client_key: Key | None = None  # public half checks private_key_jwt
        self.behaviour = Behaviour()
        self.requests: list[Received] = []
        self.signing_key = Key("RS256", "first")
        self.published = [self.signing_key]
        self.codes: dict[str, dict] = {}
        self.access_tokens: dict[str, Behaviour] = {}
        self.complaints: list[str] = []  # protocol errors of the relying party
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler or Handler)
        self.server.daemon_threads = True
        self.server.provider = self
        self.port = self.server.server_address[1]
        self.origin = f"http://{host}:{self.port}"
        self.server.base = self.origin
        self.issuer = self.origin + path
        self.base = self.issuer.rstrip("/")  # of the endpoints
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    # What tests say and ask

    def behave(self, **changes) -> Behaviour:
        """From the next request on, right in everything but `changes`."""
        self.behaviour = Behaviour(**changes)
        return self.behaviour

    def settings(self, **changes) -> dict:
        """What a gateway's configuration says of this provider."""
        base = {"kind": "oidc", "url": self.issuer, "client_id": self.client_id, "client_secret": self.client_secret}
        return changed(base, changes)

    def rotate(self, name: str, alg: str = "RS256") -> Key:
        """Signs with a new key and publishes only that."""
        self.signing_key = Key(alg, name)
        self.published = [self.signing_key]
        return self.signing_key

    def received(self, endpoint: str) -> list[Received]:
        with self.lock:
            return [request for request in self.requests if request.endpoint == endpoint]

    def complain(self, text: str):
        self.complaints.append(text)

    # Answers

    def metadata(self) -> dict:
        base = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "userinfo_endpoint": f"{self.base}/userinfo",
            "jwks_uri": f"{self.base}/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "email", "groups", "offline_access"],
            "id_token_signing_alg_values_supported": tokens.ALGORITHMS,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
        }
        return changed(base, self.behaviour.discovery)

    def key_set(self) -> dict:
        if self.behaviour.keys is not None:
            return {"keys": self.behaviour.keys}
        return {"keys": [key.jwk() for key in self.published]}

    def authorize(self, query: dict) -> tuple[str, dict]:
        """The redirect URI and the parameters that go there."""
        for name in ("client_id", "redirect_uri", "state", "nonce", "code_challenge"):
            if not query.get(name):
                self.complain(f"authorize without {name}")
        if query.get("code_challenge_method") != "S256":
            self.complain("authorize without PKCE S256")
        if "openid" not in query.get("scope", "").split():
            self.complain("authorize without scope openid")
        behaviour = self.behaviour
        if behaviour.callback_error is not None:
            answer = dict(behaviour.callback_error)
        else:
            code = remember(secrets.token_urlsafe(24))
            self.codes[code] = {"query": query, "behaviour": behaviour, "time": time.time()}
            answer = {"code": code}
        return query.get("redirect_uri", ""), changed(answer | {"state": query.get("state", "")}, behaviour.callback)

    def client_is_known(self, request: Received) -> bool:
        """client_secret_basic (RFC 6749 §2.3.1, form-encoded parts), client_secret_post or private_key_jwt."""
        authorization = request.headers.get("authorization", "")
        if authorization.startswith("Basic "):
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.client_secret)
        if "client_assertion" in request.form and self.client_key is not None:
            return self.assertion_is_good(request.form)
        return (request.form.get("client_id"), request.form.get("client_secret")) == (
            self.client_id,
            self.client_secret,
        )

    @property
    def assertion_audiences(self) -> set[str]:
        return {self.issuer, f"{self.base}/token"}

    def assertion_is_good(self, form: dict) -> bool:
        from joserfc import jwt
        from joserfc.jwk import JWKRegistry

        public = JWKRegistry.import_key(self.client_key.jwk())
        claims = jwt.decode(form["client_assertion"], public, algorithms=[self.client_key.alg]).claims
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        return (
            form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            and claims["iss"] == claims["sub"] == self.client_id
            and set(audience) <= self.assertion_audiences
            and time.time() < claims["exp"] < time.time() + 3600
            and bool(claims.get("jti"))
        )

    def redeem(self, request: Received) -> tuple[int, dict]:
        if not self.client_is_known(request):
            return 401, {"error": "invalid_client"}
        with self.lock:
            saved = self.codes.pop(request.form.get("code", ""), None)
        remember(request.form.get("code_verifier"))
        if saved is None:
            return 400, {"error": "invalid_grant", "error_description": "PROVIDER-TEXT unknown code"}
        query, behaviour = saved["query"], saved["behaviour"]
        challenge = tokens.b64(hashlib.sha256(request.form.get("code_verifier", "").encode()).digest())
        if challenge != query.get("code_challenge") or request.form.get("redirect_uri") != query.get("redirect_uri"):
            self.complain("code redeemed with another verifier or redirect_uri")
            return 400, {"error": "invalid_grant"}
        if behaviour.before_signing:
            behaviour.before_signing()
        if behaviour.pause:
            behaviour.pause.wait(30)
        if behaviour.token_error:
            return behaviour.token_error
        access_token = remember("at-" + secrets.token_urlsafe(24))
        self.access_tokens[access_token] = behaviour
        answer = {
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": 3600,
            "scope": query.get("scope", ""),
            "id_token": remember(self.id_token(behaviour, query, access_token)),
        }
        if "offline_access" in query.get("scope", "").split():
            answer["refresh_token"] = self.new_refresh_token(query, behaviour)
        return 200, changed(answer, behaviour.token)

    def new_refresh_token(self, query: dict, behaviour: Behaviour) -> str:
        return remember("rt-" + secrets.token_urlsafe(24))

    def further_claims(self, query: dict) -> dict:
        """Claims of an ID token beside those that every provider sends."""
        return {}

    def id_token(self, behaviour: Behaviour, query: dict, access_token: str) -> str:
        key = self.signing_key
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 3600, "auth_time": now}
        claims |= {"nonce": query.get("nonce"), "at_hash": tokens.half_hash(access_token, key.alg)}
        claims |= self.further_claims(query)
        person = dict(behaviour.person)
        if behaviour.thin:
            person = {name: value for name, value in person.items() if name not in PROFILE_CLAIMS}
        claims = changed(claims | person, behaviour.id_token)
        if behaviour.make_token:
            return behaviour.make_token(claims, key)
        return tokens.token(claims, key, behaviour.header)

    def user(self, request: Received) -> tuple[int, dict]:
        access_token = request.headers.get("authorization", "").removeprefix("Bearer ")
        behaviour = self.access_tokens.get(access_token)
        if behaviour is None:
            return 401, {"error": "invalid_token"}
        return 200, changed(dict(behaviour.person), behaviour.userinfo)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the relying party hung up, which is what many tests are about

    def do_POST(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        provider: MisbehavingProvider = self.server.provider
        parts = urlsplit(self.path)
        endpoint = parts.path.rsplit("/", 1)[-1].replace("openid-configuration", "discovery")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(endpoint, self.command, dict(parse_qsl(parts.query)), headers, dict(parse_qsl(body)))
        with provider.lock:
            provider.requests.append(request)
        fault = provider.behaviour.faults.get(endpoint)
        if fault:
            return misanswer(self, fault, provider.stopping)
        self.dispatch(provider, endpoint, request)

    def dispatch(self, provider, endpoint: str, request: Received):
        if endpoint == "discovery":
            self.json(200, provider.metadata())
        elif endpoint == "keys":
            self.json(200, provider.key_set())
        elif endpoint == "authorize":
            self.authorize(provider, request)
        elif endpoint == "token":
            self.json(*provider.redeem(request))
        elif endpoint == "userinfo":
            self.json(*provider.user(request))
        else:
            self.json(404, {"error": "not_found"})

    def authorize(self, provider, request):
        form_post = provider.behaviour.form_post or request.query.get("response_mode") == "form_post"
        target, parameters = provider.authorize(request.query)
        if form_post:
            # The page that OAuth 2.0 Form Post Response Mode prescribes; a script submits it.
            fields = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(str(value))}">'
                for name, value in parameters.items()
            )
            page = f'<form method="post" action="{html.escape(target)}">{fields}<button>Continue</button></form>'
            script = "<script>document.forms[0].submit()</script>"
            return self.reply(200, f"<!doctype html><title>Provider</title>{page}{script}".encode(), "text/html")
        self.redirect(target, parameters)

    def redirect(self, target: str, parameters: dict):
        joint = "&" if "?" in target else "?"
        # A list, for duplicated parameters.
        pairs = [(n, v) for n, value in parameters.items() for v in (value if isinstance(value, list) else [value])]
        self.reply(302, b"", "text/plain", {"Location": target + joint + urlencode(pairs)})

    def json(self, status: int, value, headers: dict | None = None):
        headers = {"Cache-Control": "no-store"} | (headers or {})
        self.reply(status, json.dumps(value).encode(), "application/json", headers)

    def reply(self, status: int, body: bytes, kind: str, headers: dict | None = None):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
