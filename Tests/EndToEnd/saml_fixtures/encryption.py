"""XML Encryption of an assertion with `cryptography`, in the shapes that Okta sends and in those that nobody should."""

import os
from dataclasses import dataclass, field, replace
from typing import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from .keys import HASHES, Identity, base64_text, recipient
from .messages import tag
from .vocabulary import CIPHERS, DIGESTS, DS, MASKS, SAML, TRANSPORTS, XENC, XENC11


def key_length(cipher: str) -> int:
    return 24 if cipher == "tripledes-cbc" else int(cipher[3:6]) // 8


def pad(data: bytes, block: int = 16) -> bytes:
    """XML Encryption §5.2: the last byte counts the padding, the others are random; Okta does send random ones."""
    count = block - len(data) % block
    return data + os.urandom(count - 1) + bytes([count])


@dataclass(frozen=True)
class Encryption:
    """Turns an assertion's text into an EncryptedAssertion. What is not said is as Okta does it."""

    cipher: str = "aes256-gcm"
    transport: str = "rsa-oaep-mgf1p"
    digest: str | None = "sha1"  # None: no DigestMethod written, which means SHA-1
    mask: str | None = None  # only rsa-oaep names one
    label: bytes | None = None
    placement: str = "nested"  # or sibling, with a RetrievalMethod
    identity: Identity = field(default_factory=recipient)
    type: str | None = XENC + "Element"
    # Hooks on bytes: the content key to wrap, the padded plaintext of CBC, the ciphertext, the wrapped key; and on the result.
    wrapped_content_key: Callable[[bytes], bytes] = lambda data: data
    padded: Callable[[bytes], bytes] = lambda data: data
    ciphertext: Callable[[bytes], bytes] = lambda data: data
    wrapped: Callable[[bytes], bytes] = lambda data: data
    finish: Callable[[str], str] = lambda text: text
    retrieval: str = "#id_encrypted_key"
    pad: Callable[[bytes], bytes] = pad

    def but(self, **changes) -> "Encryption":
        return replace(self, **changes)

    def __call__(self, plaintext: str | bytes) -> str:
        data = plaintext.encode() if isinstance(plaintext, str) else plaintext
        content_key = os.urandom(key_length(self.cipher))
        shown = {"Id": "id_encrypted_data", "xmlns:xenc": XENC, "Type": self.type}
        wrapped = self._encrypted_key(content_key)
        link = {"Type": XENC + "EncryptedKey", "URI": self.retrieval}
        inside = wrapped if self.placement == "nested" else tag("ds:RetrievalMethod", link)
        beside = "" if self.placement == "nested" else wrapped
        encrypted = tag(
            "xenc:EncryptedData",
            shown,
            tag("xenc:EncryptionMethod", {"Algorithm": CIPHERS.get(self.cipher, self.cipher)}),
            tag("ds:KeyInfo", {"xmlns:ds": DS}, inside),
            cipher_data(self.ciphertext(self._encrypted(content_key, data))),
        )
        return self.finish(tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML}, encrypted, beside))

    def _encrypted(self, key: bytes, data: bytes) -> bytes:
        if self.cipher.endswith("gcm"):
            nonce = os.urandom(12)
            return nonce + AESGCM(key).encrypt(nonce, data, None)
        block = 8 if self.cipher == "tripledes-cbc" else 16
        vector = os.urandom(block)
        algorithm = TripleDES(key) if block == 8 else algorithms.AES(key)
        encryptor = Cipher(algorithm, modes.CBC(vector)).encryptor()
        padded = self.padded(self.pad(data, block) if block == 8 else self.pad(data))
        return vector + encryptor.update(padded) + encryptor.finalize()

    def _encrypted_key(self, content_key: bytes) -> str:
        secret = self.wrapped_content_key(content_key)
        public = self.identity.private.public_key()
        content = ""
        if self.transport == "rsa-1_5":
            wrapped = public.encrypt(secret, padding.PKCS1v15())
        elif self.transport == "kw-aes256":
            wrapped = aes_key_wrap(b"k" * 32, secret)
        else:
            mask = self.mask or "sha1"
            algorithm, mgf = HASHES[self.digest or "sha1"](), padding.MGF1(HASHES[mask]())
            wrapped = public.encrypt(secret, padding.OAEP(mgf, algorithm, self.label))
            if self.label is not None:
                content += tag("xenc:OAEPparams", {}, base64_text(self.label))
            if self.digest:
                content += tag("ds:DigestMethod", {"xmlns:ds": DS, "Algorithm": DIGESTS[self.digest]})
            if self.mask:
                content += tag("xenc11:MGF", {"xmlns:xenc11": XENC11, "Algorithm": MASKS[self.mask]})
        method = tag("xenc:EncryptionMethod", {"Algorithm": TRANSPORTS.get(self.transport, self.transport)}, content)
        shown = {"xmlns:xenc": XENC, "Id": "id_encrypted_key"}
        return tag("xenc:EncryptedKey", shown, method, cipher_data(self.wrapped(wrapped)))


def cipher_data(data: bytes) -> str:
    return tag("xenc:CipherData", {}, tag("xenc:CipherValue", {}, base64_text(data)))


def data_alone(text: str) -> str:
    """What stands in an EncryptedAssertion, without it."""
    return text.split(">", 1)[1].rsplit("</saml2:EncryptedAssertion>", 1)[0]


GCM, CBC = Encryption(), Encryption("aes256-cbc")
