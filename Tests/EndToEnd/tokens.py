"""JSON Web Tokens, good and hostile, made without a JWT library.

A library refuses to make most of what these tests need (alg none, a public key as HMAC secret, duplicate members), so
signing is written out here over `cryptography`. What the gateway itself issues is verified with joserfc instead.
"""

import base64
import hashlib
import hmac
import json
import time
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = {"ES256": ("P-256", ec.SECP256R1), "ES384": ("P-384", ec.SECP384R1), "ES512": ("P-521", ec.SECP521R1)}
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REMOVED = object()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int, length: int | None = None) -> str:
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


@lru_cache(maxsize=None)
def private_key(kind: str, name: str):
    """A key pair per kind and name, made once a run: RSA keys are slow to make."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA") or 2048))
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}[kind]())


class Key:
    """A signing key with the algorithm it is meant for and the `kid` it is published under."""

    def __init__(self, alg: str = "RS256", name: str = "first", kid: str | None = None, kind: str | None = None):
        if kind is None:
            kind = CURVES[alg][0] if alg in CURVES else "Ed25519" if alg == "EdDSA" else "RSA"
        self.alg = alg
        self.kid = f"{name}-{alg}" if kid is None else kid
        self.private = private_key(kind, name)

    def sign(self, data: bytes, alg: str | None = None) -> bytes:
        return sign(self.private, alg or self.alg, data)

    def jwk(self, **changes) -> dict:
        """The public half as a JWK; `changes` override members, REMOVED leaves them out."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            members = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        elif isinstance(public, ed25519.Ed25519PublicKey):
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            members = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
        else:
            size = (public.curve.key_size + 7) // 8
            curve = {256: "P-256", 384: "P-384", 521: "P-521"}[public.curve.key_size]
            numbers = public.public_numbers()
            members = {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size)}
        members |= {"kid": self.kid, "use": "sig", "alg": self.alg} | changes
        return {name: value for name, value in members.items() if value is not REMOVED}

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def private_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def sign(private, alg: str, data: bytes) -> bytes:
    """A JWS signature (RFC 7518 §3, RFC 8037), or an HMAC when `private` is bytes."""
    if alg == "none":
        return b""
    if alg == "EdDSA":
        return private.sign(data)
    digest = HASHES[alg[2:]]()
    if alg.startswith("HS"):
        return hmac.new(private, data, getattr(hashlib, f"sha{alg[2:]}")).digest()
    if alg.startswith("RS"):
        return private.sign(data, padding.PKCS1v15(), digest)
    if alg.startswith("PS"):
        return private.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
    size = (private.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def encode(part) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()


def compact(header, payload, private, alg: str | None = None) -> str:
    """A compact JWS. `header` and `payload` are dictionaries or the very bytes to send."""
    signed = f"{b64(encode(header))}.{b64(encode(payload))}"
    alg = alg or header["alg"]
    return f"{signed}.{b64(sign(private, alg, signed.encode()))}"


def changed(base: dict, changes: dict) -> dict:
    """`base` with `changes` laid over it; REMOVED takes a member out."""
    return {name: value for name, value in (base | changes).items() if value is not REMOVED}


def token(claims: dict, key: Key, header: dict | None = None, alg: str | None = None) -> str:
    """A token by `key` under its own kid; `header` changes the header."""
    alg = alg or key.alg
    return compact(changed({"alg": alg, "kid": key.kid, "typ": "JWT"}, header or {}), claims, key.private, alg)


def half_hash(access_token: str, alg: str) -> str:
    """at_hash (OpenID Connect Core §3.1.3.6); EdDSA goes with SHA-512."""
    bits = "512" if alg == "EdDSA" else alg[2:]
    digest = getattr(hashlib, f"sha{bits}")(access_token.encode()).digest()
    return b64(digest[: len(digest) // 2])


def good_claims(issuer: str, client_id: str, now: float | None = None, **changes) -> dict:
    now = int(now if now is not None else time.time())
    claims = {
        "iss": issuer,
        "sub": "00u1ada",
        "aud": client_id,
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "groups": ["infraon-admins", "infraon-tech-berlin", "Everyone"],
    }
    return changed(claims, changes)


def unverified(compact_form: str) -> tuple[dict, dict]:
    header, payload, _ = compact_form.split(".")
    return json.loads(unb64(header)), json.loads(unb64(payload))
