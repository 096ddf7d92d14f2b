"""Good and bad ID tokens: each bad one is a good one with one change.

Used by running logins (test_id_token_login.py) and by `gatehouse inspect id-token` (test_inspect_id_token.py), which
must judge alike. A callable value is given the provider, or whatever else has an `issuer`.
"""

import time

import tokens
from tokens import REMOVED, Key


def hours(count: float) -> int:
    return int(time.time() + count * 3600)


BAD_CLAIMS = {
    "iss-missing": {"iss": REMOVED},
    "iss-of-another": {"iss": "https://other.example.com"},
    "iss-with-a-slash-more": {"iss": lambda p: p.issuer + "/"},
    "iss-in-other-case": {"iss": lambda p: p.issuer.upper()},
    "iss-not-a-string": {"iss": 7},
    "aud-missing": {"aud": REMOVED},
    "aud-of-another": {"aud": "0oa-somebody-else"},
    "aud-empty-list": {"aud": []},
    "aud-list-without-us": {"aud": ["x", "y"]},
    "aud-a-prefix-of-us": {"aud": "0oa1"},
    "aud-not-a-string": {"aud": {"0oa1gatehouse": True}},
    "several-audiences-without-azp": {"aud": ["0oa1gatehouse", "other"]},
    "several-audiences-with-azp-of-another": {"aud": ["0oa1gatehouse", "other"], "azp": "other"},
    "azp-of-another": {"azp": "other"},
    "exp-missing": {"exp": REMOVED},
    "exp-past": {"exp": lambda p: int(time.time()) - 120},
    "exp-long-past": {"exp": 1},
    "exp-a-string": {"exp": lambda p: str(hours(1))},
    "exp-null": {"exp": None},
    "exp-negative": {"exp": -1},
    "iat-missing": {"iat": REMOVED},
    "iat-in-the-future": {"iat": lambda p: hours(1)},
    "iat-a-string": {"iat": lambda p: str(int(time.time()))},
    "nonce-missing": {"nonce": REMOVED},
    "nonce-wrong": {"nonce": "not-the-one-that-was-sent"},
    "nonce-empty": {"nonce": ""},
    "nonce-not-a-string": {"nonce": 7},
    "sub-missing": {"sub": REMOVED},
    "sub-empty": {"sub": ""},
    "sub-not-a-string": {"sub": 12345},
    "sub-too-long": {"sub": "x" * 256},  # Core §2: no more than 255 ASCII characters
    "at_hash-wrong": {"at_hash": tokens.half_hash("another access token", "RS256")},
    "at_hash-not-a-string": {"at_hash": 5},
    "nbf-in-the-future": {"nbf": lambda p: hours(1)},
}

GOOD_CLAIMS = {
    "nothing-changed": {},
    "aud-list-of-us": {"aud": ["0oa1gatehouse"]},
    "several-audiences-with-our-azp": {"aud": ["0oa1gatehouse", "other"], "azp": "0oa1gatehouse"},
    "azp-ours": {"azp": "0oa1gatehouse"},
    "exp-within-the-clock-skew": {"exp": lambda p: int(time.time()) - 20},
    "iat-within-the-clock-skew": {"iat": lambda p: int(time.time()) + 30},
    "at_hash-absent": {"at_hash": REMOVED},
    "auth_time-absent": {"auth_time": REMOVED},
    "unknown-claims": {"ver": 1, "amr": ["pwd", "mfa"], "idp": "00o1", "nested": {"a": [1, None]}},
    "sub-of-255-characters": {"sub": "x" * 255, "userinfo": True},
}


def computed(changes: dict, provider) -> dict:
    return {n: v(provider) if callable(v) else v for n, v in changes.items() if n != "userinfo"}


BAD_TOKENS = {
    "no-token": lambda claims, key: "",
    "not-a-token": lambda claims, key: "not a token at all",
    "two-parts": lambda claims, key: tokens.token(claims, key).rsplit(".", 1)[0],
    "four-parts": lambda claims, key: tokens.token(claims, key) + ".e30",
    "five-parts-as-an-encrypted-one": lambda claims, key: tokens.token(claims, key) + ".e30.e30",
    "alg-none": lambda claims, key: tokens.compact({"alg": "none"}, claims, None),
    "alg-none-with-our-signature": lambda claims, key: (
        tokens.compact({"alg": "none"}, claims, None) + tokens.token(claims, key).rsplit(".", 1)[1]
    ),
    "alg-None-in-capitals": lambda claims, key: tokens.compact({"alg": "NONE"}, claims, None, "none"),
    "alg-missing": lambda claims, key: tokens.token(claims, key, {"alg": REMOVED}),
    "alg-unknown": lambda claims, key: tokens.token(claims, key, {"alg": "RS1"}),
    "alg-not-a-string": lambda claims, key: tokens.token(claims, key, {"alg": 256}),
    "HS256-with-the-public-key": lambda claims, key: tokens.compact(
        {"alg": "HS256", "kid": key.kid}, claims, key.public_pem()
    ),
    "signature-empty": lambda claims, key: tokens.token(claims, key).rsplit(".", 1)[0] + ".",
    "signature-of-another-key-under-our-kid": lambda claims, key: tokens.token(
        claims, Key("RS256", "stranger", kid=key.kid)
    ),
    "signature-cut-short": lambda claims, key: tokens.token(claims, key)[:-8],
    "signature-with-padding": lambda claims, key: tokens.token(claims, key) + "==",
    "payload-changed-after-signing": lambda claims, key: swapped(claims, key, claims | {"sub": "00u1root"}),
    "header-claims-another-alg-of-the-same-key": lambda claims, key: tokens.token(claims, key, {"alg": "RS512"}),
    "crit-header": lambda claims, key: tokens.token(claims, key, {"crit": ["exp"], "exp": 1}),
    "b64-false": lambda claims, key: tokens.token(claims, key, {"crit": ["b64"], "b64": False}),
    "own-key-in-the-header": lambda claims, key: tokens.token(
        claims, stranger := Key("RS256", "stranger"), {"jwk": stranger.jwk()}
    ),
    "payload-not-an-object": lambda claims, key: tokens.token([claims], key),
    "payload-not-json": lambda claims, key: tokens.token(b"{not json", key),
    "payload-twice-the-same-member": lambda claims, key: tokens.token(
        tokens.encode(claims)[:-1] + b',"sub":"00u1root"}', key
    ),
    "payload-nested-very-deeply": lambda claims, key: tokens.token(
        tokens.encode(claims)[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", key
    ),
    "payload-with-a-byte-that-is-not-utf8": lambda claims, key: tokens.token(
        tokens.encode(claims)[:-1] + b',"x":"\xff"}', key
    ),
}


def swapped(claims, key, other) -> str:
    header, _, signature = tokens.token(claims, key).split(".")
    return f"{header}.{tokens.b64(tokens.encode(other))}.{signature}"
