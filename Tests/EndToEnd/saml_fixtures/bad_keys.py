"""Rule 9: only pinned keys count. Whatever a message says of its own key is a claim of whoever sent it."""

from .bad_bytes import MALLORY
from .catalogue import Catalogue
from .good_signatures import ROLLING, pinned
from .keys import Identity, attacker, base64_text, idp, recipient
from .messages import SUBJECT, assertion, tag
from .signing import Signer, okta, x509_data
from .vocabulary import DS, XENC

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def forged(key_info: str | None = None, key: Identity | None = None, **options) -> str:
    """Everything signed by the attacker, who shows this KeyInfo."""
    body = assertion().replace(SUBJECT, MALLORY)
    return okta(body, signer=Signer(key or attacker(), key_info=key_info, **options))


def info(*content: str) -> str:
    return tag("ds:KeyInfo", {}, *content)


def key_value(identity: Identity) -> str:
    numbers = identity.private.public_key().public_numbers()
    modulus = base64_text(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
    return tag(
        "ds:KeyValue", {}, tag("ds:RSAKeyValue", {}, tag("ds:Modulus", {}, modulus), tag("ds:Exponent", {}, "AQAB"))
    )


def issuer_serial(identity: Identity) -> str:
    serial = tag("ds:X509IssuerName", {}, "CN=idp") + tag(
        "ds:X509SerialNumber", {}, str(identity.certificate.serial_number)
    )
    return tag("ds:X509Data", {}, tag("ds:X509IssuerSerial", {}, serial), tag("ds:X509SubjectName", {}, "CN=idp"))


# What the pinned certificate says of itself, over another key.
NAMESAKE = Identity("idp", key="attacker")
SHOWN = {
    "own-certificate": lambda: x509_data(attacker()),
    "pinned-certificate": lambda: x509_data(idp()),
    "pinned-and-own-certificate": lambda: x509_data(idp(), attacker()),
    "own-and-pinned-certificate": lambda: x509_data(attacker(), idp()),
    "certificate-of-the-same-name": lambda: x509_data(NAMESAKE),
    "nothing": lambda: "",
    "empty-key-info": lambda: info(),
    "own-key-value": lambda: info(key_value(attacker())),
    "own-key-value-and-pinned-certificate": lambda: info(key_value(attacker())).replace(
        "</ds:KeyInfo>", x509_data(idp()).removeprefix("<ds:KeyInfo>")
    ),
    "pinned-certificate-and-own-key-value": lambda: x509_data(idp()).replace(
        "</ds:KeyInfo>", key_value(attacker()) + "</ds:KeyInfo>"
    ),
    "key-name": lambda: info(tag("ds:KeyName", {}, "idp")),
    "issuer-and-serial-of-the-pinned": lambda: info(issuer_serial(idp())),
    # CVE-2023-36661: whoever follows this makes a request of the attacker's choice.
    "retrieval-method-http": lambda: info(
        tag("ds:RetrievalMethod", {"URI": "http://127.0.0.1:9/key", "Type": DS + "rawX509Certificate"})
    ),
    "retrieval-method-file": lambda: info(
        tag("ds:RetrievalMethod", {"URI": "file:///etc/hostname", "Type": DS + "rawX509Certificate"})
    ),
    "retrieval-method-here": lambda: info(tag("ds:RetrievalMethod", {"URI": "#id_assertion", "Type": DS + "X509Data"})),
    "key-info-reference": lambda: info(
        tag("dsig11:KeyInfoReference", {"xmlns:dsig11": "http://www.w3.org/2009/xmldsig11#", "URI": "#k"})
    ),
    "der-encoded-key": lambda: info(
        tag("dsig11:DEREncodedKeyValue", {"xmlns:dsig11": "http://www.w3.org/2009/xmldsig11#"}, "AAAA")
    ),
    "security-token-reference": lambda: info(tag("wsse:SecurityTokenReference", {"xmlns:wsse": "urn:wsse"}, "x")),
    "certificate-that-is-none": lambda: info(tag("ds:X509Data", {}, tag("ds:X509Certificate", {}, "AAAA"))),
    "certificate-not-base64": lambda: info(tag("ds:X509Data", {}, tag("ds:X509Certificate", {}, "!!!!"))),
    "encrypted-key": lambda: info(tag("xenc:EncryptedKey", {"xmlns:xenc": XENC})),
}
refused(
    9,
    "key_not_pinned signature_invalid",
    {f"stranger-shows-{name}": lambda shown=shown: forged(shown()) for name, shown in SHOWN.items()},
)
refused(
    9,
    "key_algorithm_mismatch key_not_pinned",
    {
        "stranger-with-an-elliptic-key": lambda: forged(key=Identity("attacker", "P-256"), algorithm="ecdsa-sha256"),
        "stranger-signs-with-the-recipient's-key": lambda: forged(key=recipient()),
        "stranger-signs-the-response-only": lambda: okta(response_signer=Signer(attacker())),
        "stranger-signs-the-assertion-only": lambda: okta(signer=Signer(attacker()), response_signer=Signer()),
        "certificate-of-before-the-roll-over": lambda: okta(signer=Signer(Identity("idp-before"))),
    },
)
refused(
    9,
    "key_not_pinned",
    {
        "stranger-where-several-are-pinned": forged,
        "stranger-on-one-of-two-where-several-are-pinned": lambda: okta(response_signer=Signer(attacker())),
    },
    place=ROLLING,
    twin="several-pinned-each-signs-one",
)
refused(
    9,
    "key_algorithm_mismatch key_not_pinned",
    {"pinned-is-another-provider's": okta},
    place=pinned(Identity("another-idp")),
)
