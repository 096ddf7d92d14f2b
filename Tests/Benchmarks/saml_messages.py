"""The SAML responses that are measured, made from fresh keys by the generator of the end-to-end tests."""

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from saml_fixtures import keys, messages, signing  # noqa: E402
from saml_fixtures.encryption import Encryption  # noqa: E402

GROUPS = 5  # which makes a response of 8 KB
GROWTH = (20, 200, 2_000)


@dataclass(frozen=True)
class Messages:
    """Where everything lies that a program is given. Every response is signed twice, as a whole and its assertion."""

    directory: Path

    @property
    def certificate(self) -> Path:
        return self.directory / "idp-certificate.pem"

    @property
    def public_key(self) -> Path:
        """That certificate's key on its own."""
        return self.directory / "idp-public-key.pem"

    @property
    def key(self) -> Path:
        """The service provider's decryption key."""
        return self.directory / "recipient-key.pem"

    @property
    def recipient(self) -> Path:
        """The certificate of that key."""
        return self.directory / "recipient-certificate.pem"

    def response(self, name: str) -> Path:
        return self.directory / f"{name}.xml"

    # What the service provider expects.
    entity_id = messages.ENTITY_ID
    acs = messages.ACS
    issuer = messages.ISSUER
    request = messages.REQUEST
    time = messages.moment()


def make(directory: Path) -> Messages:
    made = Messages(directory)
    made.certificate.write_text(keys.idp().pem)
    made.public_key.write_bytes(keys.idp().public_pem)
    made.key.write_text(keys.recipient().private_pem)
    made.recipient.write_text(keys.recipient().pem)
    responses = {f"groups-{count}": response(count) for count in GROWTH}
    responses["signed"] = response(GROUPS)
    for cipher in ("aes256-gcm", "aes256-cbc"):
        responses[cipher] = response(GROUPS, Encryption(cipher))
    for name, text in responses.items():
        made.response(name).write_text(text)
    return made


def response(groups: int, encrypt: Encryption | None = None) -> str:
    """As Okta writes it: every value with its declarations, a certificate in each signature. One name is not ASCII, as
    in most organisations."""
    names = [f"infraon-department-{number:04}" for number in range(groups - 1)] + ["infraon-développement"]
    return signing.okta(messages.assertion(attributes_=messages.attributes(groups=names)), encrypt=encrypt)
