"""A provider that demands what Okta can be set to demand: pushed requests (RFC 9126) and proofs of possession (RFC 9449).

Proofs are judged with joserfc, which shares nothing with the product.
"""

import hashlib
import json
import secrets
import time

from joserfc import jws
from joserfc.jwk import ECKey

from misbehaving_provider import Handler, MisbehavingProvider, Received
from tokens import b64, changed, unb64

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


class DemandingProvider(MisbehavingProvider):
    """What it finds wrong is in `complaints`; `pushed` and `proofs` are what came."""

    def __init__(self, *arguments, pushes=False, proofs=False, nonce=False, **options):
        super().__init__(*arguments, handler=DemandingHandler, **options)
        self.demands_pushes, self.demands_proofs, self.demands_nonce = pushes, proofs, nonce
        self.nonce = secrets.token_urlsafe(12)
        self.pushed: dict[str, dict] = {}
        self.push_error: tuple | None = None
        self.proofs: list[dict] = []
        self.seen_ids: set[str] = set()
        self.thumbprints: set[str] = set()
        self.challenges = 0

    def metadata(self) -> dict:
        further = {}
        if self.demands_pushes:
            further |= {
                "pushed_authorization_request_endpoint": f"{self.base}/par",
                "require_pushed_authorization_requests": True,
            }
        if self.demands_proofs:
            further["dpop_signing_alg_values_supported"] = ["ES256"]
        return changed(super().metadata() | further, self.behaviour.discovery)

    # Pushed authorization requests

    @property
    def assertion_audiences(self) -> set[str]:
        return super().assertion_audiences | {f"{self.base}/par"}  # RFC 9126 §2

    def push(self, request: Received) -> tuple[int, dict]:
        if self.push_error:
            return self.push_error
        if not self.client_is_known(request):
            return 401, {"error": "invalid_client"}
        if "request_uri" in request.form:
            self.complain("request_uri in a pushed request (RFC 9126 §2.1)")
        uri = REQUEST_URI + secrets.token_urlsafe(16)
        self.pushed[uri] = request.form
        return 201, {"request_uri": uri, "expires_in": 60}

    def authorize(self, query: dict) -> tuple[str, dict]:
        if not self.demands_pushes:
            return super().authorize(query)
        if set(query) != {"client_id", "request_uri"}:
            self.complain(f"more than client_id and request_uri in the browser: {sorted(query)}")
        asked = self.pushed.pop(query.get("request_uri", ""), None)
        if asked is None or query.get("client_id") != self.client_id:
            self.complain("an unknown or used request_uri")
            asked = {}
        return super().authorize(asked)

    # Proofs

    def challenge(self, request: Received, url: str, access_token: str | None = None) -> str | None:
        """None for a good proof; else the OAuth error. Everything of RFC 9449 §4.3 is looked at."""
        compact = request.headers.get("dpop")
        if not compact:
            return "invalid_dpop_proof"
        header = json.loads(unb64(compact.split(".")[0]))
        if header.get("typ") != "dpop+jwt" or header.get("alg") != "ES256" or PRIVATE_MEMBERS & set(header["jwk"]):
            self.complain(f"a proof with header {header}")
            return "invalid_dpop_proof"
        key = ECKey.import_key(header["jwk"])
        claims = json.loads(jws.deserialize_compact(compact, key, algorithms=["ES256"]).payload)
        self.proofs.append({"header": header, "claims": claims, "url": url})
        self.thumbprints.add(key.thumbprint())
        if (claims["htm"], claims["htu"]) != (request.method, url) or abs(claims["iat"] - time.time()) > 60:
            self.complain(f"a proof for something else: {claims}")
        if claims["jti"] in self.seen_ids or len(claims["jti"]) < 16:
            self.complain("a jti used twice, or one that can be guessed")
        self.seen_ids.add(claims["jti"])
        wanted = b64(hashlib.sha256(access_token.encode()).digest()) if access_token else None
        if claims.get("ath") != wanted:
            self.complain(f"ath is {claims.get('ath')}, not {wanted}")
        if self.demands_nonce and claims.get("nonce") != self.nonce:
            self.challenges += 1
            return "use_dpop_nonce"
        return None

    def token_answer(self, request: Received) -> tuple:
        if not self.demands_proofs:
            return self.redeem(request)
        error = self.challenge(request, f"{self.base}/token")
        if error:
            return 400, {"error": error}, {"DPoP-Nonce": self.nonce}
        status, answer = self.redeem(request)
        return status, ({"token_type": "DPoP"} | {k: v for k, v in answer.items() if k != "token_type"})

    def userinfo_answer(self, request: Received) -> tuple:
        if not self.demands_proofs:
            return self.user(request)
        scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
        if scheme != "DPoP":
            self.complain(f"userinfo with {scheme}")
        error = self.challenge(request, f"{self.base}/userinfo", access_token)
        if error:
            return 401, {"error": error}, {"DPoP-Nonce": self.nonce, "WWW-Authenticate": f'DPoP error="{error}"'}
        request.headers["authorization"] = f"Bearer {access_token}"
        return self.user(request)


class DemandingHandler(Handler):
    def dispatch(self, provider: DemandingProvider, endpoint: str, request: Received):
        if endpoint == "par":
            self.json(*provider.push(request))
        elif endpoint == "token":
            self.json(*provider.token_answer(request))
        elif endpoint == "userinfo":
            self.json(*provider.userinfo_answer(request))
        else:
            super().dispatch(provider, endpoint, request)
