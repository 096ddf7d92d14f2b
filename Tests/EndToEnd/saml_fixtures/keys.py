"""Keys and self-signed certificates, fresh for each run and made once in it: nothing of them is ever written to the tree."""

import base64
import datetime
import hashlib
import textwrap
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import NameOID

HASHES = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3-256": hashes.SHA3_256,
}
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "secp256k1": ec.SECP256K1}


def digest(name: str, data: bytes) -> bytes:
    if name not in HASHES:
        return hashlib.new(name, data).digest()
    state = hashes.Hash(HASHES[name]())
    state.update(data)
    return state.finalize()


def base64_text(data: bytes, width: int = 0) -> str:
    """Base64, in lines of `width` when it is not 0."""
    text = base64.b64encode(data).decode()
    return "\n".join(textwrap.wrap(text, width)) if width else text


@lru_cache(maxsize=None)
def private_key(kind: str, name: str):
    """`name` tells apart several keys of one kind."""
    if kind == "RSA-E3":
        return rsa.generate_private_key(3, 2048)
    if kind.startswith("RSA-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "DSA":
        return dsa.generate_private_key(2048)
    return ec.generate_private_key(CURVES[kind]())


class Identity:
    """A key pair with its self-signed certificate."""

    def __init__(self, name: str, kind: str = "RSA-2048", days: tuple[int, int] = (-365, 3650), key: str | None = None):
        """`days`: the certificate's time, counted from the fixtures' present; `key`: another identity's key under a new certificate."""
        self.name, self.kind, self.days = name, kind, days
        self.private = private_key(kind, key or name)

    @property
    def certificate(self) -> x509.Certificate:
        return _certificate(self.name, self.kind, self.days, self.private)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def certificate_text(self) -> str:
        """As Okta writes it in KeyInfo: base64 in lines of 76 characters."""
        return base64_text(self.der, 76)

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def sign(self, algorithm: str, data: bytes) -> bytes:
        """A signature value as XML Signature writes it; `algorithm` is a short name of vocabulary.SIGNATURES."""
        family, _, name = algorithm.rpartition("-")
        if algorithm == "ed25519":
            return self.private.sign(data)
        if family == "hmac":
            raise ValueError("HMAC has no key pair: use hmac_value")
        if family == "rsa-pss":
            return self.private.sign(
                data, padding.PSS(padding.MGF1(HASHES[name]()), HASHES[name]().digest_size), HASHES[name]()
            )
        if family == "rsa":
            return self.private.sign(data, padding.PKCS1v15(), HASHES[name]())
        if family == "dsa":
            der, size = self.private.sign(data, HASHES[name]()), 32
        else:
            der = self.private.sign(data, ec.ECDSA(HASHES[name]()))
            size = (self.private.curve.key_size + 7) // 8
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@lru_cache(maxsize=None)
def _certificate(name, kind, days, private) -> x509.Certificate:
    from .messages import NOW

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=days[0]))
        .not_valid_after(NOW + datetime.timedelta(days=days[1]))
    )
    return builder.sign(private, None if kind == "Ed25519" else hashes.SHA256())


def hmac_value(name: str, secret: bytes, data: bytes) -> bytes:
    state = hmac.HMAC(secret, HASHES[name]())
    state.update(data)
    return state.finalize()


def idp() -> Identity:
    """The identity provider whose certificate is pinned."""
    return Identity("idp")


def attacker() -> Identity:
    return Identity("attacker")


def recipient() -> Identity:
    """The service provider's own decryption key."""
    return Identity("recipient")
