"""Keys for SAML messages with certificates around them, good ones and such as should be refused."""

import base64
import datetime
import hashlib
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

from tokens import private_key

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
# The names that XML Signature has for the methods (RFC 9231).
METHODS = {
    "rsa-sha1": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "hmac-sha1": "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
} | {
    f"{key}-{digest}": f"{MORE}{key}-{digest}"
    for key in ("rsa", "ecdsa", "hmac")
    for digest in ("sha256", "sha384", "sha512")
}


class SAMLKey:
    """A key pair and a self-signed certificate for it; the same name is the same key for a whole run."""

    def __init__(self, name: str, kind: str = "RSA", days: float = 3650, subject: str | None = None):
        self.name = name
        self.private = private_key(kind, f"saml-{name}")
        self.days = days
        self.subject = subject or name

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.subject)])
        now = datetime.datetime.now(datetime.timezone.utc)
        end = now + datetime.timedelta(days=self.days)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
        builder = builder.public_key(self.private.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(min(now, end) - datetime.timedelta(days=1)).not_valid_after(end)
        return builder.sign(self.private, hashes.SHA256())

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def base64(self) -> str:
        """As metadata have it, and as Okta's set-up instructions show it."""
        return base64.b64encode(self.der).decode()

    @property
    def fingerprint(self) -> str:
        return ":".join(f"{byte:02x}" for byte in hashlib.sha256(self.der).digest())

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def files(self, directory: Path) -> dict:
        """Writes both halves; what a gateway's configuration says of its own signing key."""
        key, certificate = directory / f"{self.name}.key", directory / f"{self.name}.pem"
        key.write_text(self.private_pem)
        certificate.write_text(self.pem)
        return {"signing_key": {"file": str(key)}, "signing_certificate": {"file": str(certificate)}}

    @property
    def method(self) -> str:
        return "ecdsa-sha256" if isinstance(self.private, ec.EllipticCurvePrivateKey) else "rsa-sha256"

    def sign(self, octets: bytes, method: str | None = None) -> bytes:
        """ECDSA as r‖s (RFC 9231 §2.3.6). An HMAC is keyed with what everybody has: the certificate's text."""
        method = method or self.method
        digest = HASHES[method.split("-")[1]]()
        if method.startswith("hmac-"):
            mac = hmac.HMAC(self.pem.encode(), digest)
            mac.update(octets)
            return mac.finalize()
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(octets, padding.PKCS1v15(), digest)
        size = (self.private.curve.key_size + 7) // 8
        numbers = utils.decode_dss_signature(self.private.sign(octets, ec.ECDSA(digest)))
        return b"".join(number.to_bytes(size, "big") for number in numbers)

    def verifies(self, signature: bytes, octets: bytes, method: str) -> bool:
        """Whether this key made a signature."""
        assert method in (METHODS["rsa-sha256"], METHODS["ecdsa-sha256"]), method
        from cryptography.exceptions import InvalidSignature

        public = self.private.public_key()
        try:
            if isinstance(public, rsa.RSAPublicKey):
                public.verify(signature, octets, padding.PKCS1v15(), hashes.SHA256())
            else:
                half = len(signature) // 2
                numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
                public.verify(utils.encode_dss_signature(*numbers), octets, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True
