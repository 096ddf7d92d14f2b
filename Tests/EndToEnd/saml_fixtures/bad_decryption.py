"""Rule 11: encryption proves nothing, so anybody can send anything encrypted; and the answer must not tell what was wrong."""

import os

from .bad_bytes import MALLORY
from .catalogue import HERE, Catalogue
from .encryption import CBC, GCM, data_alone
from .keys import Identity, attacker
from .messages import ASSERTION_MARK, SUBJECT, assertion, response, tag
from .signing import Signer, element, okta
from .vocabulary import DIGESTS, SAML

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def flipped(place: int):
    def flip(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[place] ^= 1
        return bytes(changed)

    return flip


def noise(data: bytes) -> bytes:
    return os.urandom(len(data))


# All of these get one and the same answer: with GCM and a signed assertion only, anybody may try them against us.
ORACLE = {
    "wrapped-key-flipped": GCM.but(wrapped=flipped(100)),
    "wrapped-key-noise": GCM.but(wrapped=lambda data: b"\0" + os.urandom(255)),
    "wrapped-key-zeros": GCM.but(wrapped=lambda data: bytes(256)),
    "wrapped-key-cut-short": GCM.but(wrapped=lambda data: data[:-1]),
    "wrapped-key-longer": GCM.but(wrapped=lambda data: data + b"\0"),
    "wrapped-key-all-bits": GCM.but(wrapped=lambda data: b"\xff" * 256),
    "wrapped-for-another": GCM.but(identity=Identity("another-recipient")),
    "wrapped-with-another-digest": GCM.but(finish=lambda text: text.replace(DIGESTS["sha1"], DIGESTS["sha256"])),
    "wrapped-with-a-label-not-shown": GCM.but(
        label=b"x", finish=lambda text: text.replace(element(text, "xenc:OAEPparams"), "")
    ),
    "wrapped-with-another-label": GCM.but(label=b"x", finish=lambda text: text.replace("eA==", "eQ==")),
    "content-key-of-16-bytes": GCM.but(wrapped_content_key=lambda key: key[:16]),
    "content-key-of-nothing": GCM.but(wrapped_content_key=lambda key: b""),
    "content-key-of-64-bytes": GCM.but(wrapped_content_key=lambda key: key + key),
    "content-key-another": GCM.but(wrapped_content_key=noise),
    "ciphertext-flipped": GCM.but(ciphertext=flipped(500)),
    "ciphertext-cut-short": GCM.but(ciphertext=lambda data: data[:-1]),
    "ciphertext-longer": GCM.but(ciphertext=lambda data: data + b"\0"),
    "ciphertext-noise": GCM.but(ciphertext=noise),
    "nonce-flipped": GCM.but(ciphertext=flipped(0)),
    "tag-flipped": GCM.but(ciphertext=flipped(-1)),
    "tag-missing": GCM.but(ciphertext=lambda data: data[:-16]),
    "tag-of-12-bytes": GCM.but(ciphertext=lambda data: data[:-4]),
    "tag-alone": GCM.but(ciphertext=lambda data: data[:12] + data[-16:]),
    "nonce-alone": GCM.but(ciphertext=lambda data: data[:12]),
    "ciphertext-of-one-byte": GCM.but(ciphertext=lambda data: b"x"),
}
refused(
    11,
    "decryption_failed xml_empty",
    {
        f"oracle-{name}": lambda encryption=encryption: okta(signs="assertion", encrypt=encryption)
        for name, encryption in ORACLE.items()
    },
    twin="encrypted-gcm-assertion-signed",
)
refused(
    11,
    "decryption_failed xml_empty",
    {
        "oracle-signed-padding-zero": lambda: okta(encrypt=CBC.but(padded=last_byte(0))),
        "oracle-signed-padding-17": lambda: okta(encrypt=CBC.but(padded=last_byte(17))),
        "oracle-signed-padding-255": lambda: okta(encrypt=CBC.but(padded=last_byte(255))),
        "oracle-signed-wrapped-for-another": lambda: okta(encrypt=CBC.but(identity=Identity("another-recipient"))),
        "oracle-signed-content-key-another": lambda: okta(encrypt=CBC.but(wrapped_content_key=noise)),
        "oracle-signed-cut-within-a-block": lambda: okta(encrypt=CBC.but(ciphertext=lambda data: data[:-1])),
        "oracle-signed-vector-alone": lambda: okta(encrypt=CBC.but(ciphertext=lambda data: data[:16])),
        "oracle-signed-padding-alone": lambda: okta(encrypt=CBC.but(padded=lambda data: bytes(15) + b"\x10")),
    },
    twin="encrypted-cbc-response-signed",
)
refused(
    11,
    "decryption_failed xml_empty",
    {"decryption-key-is-another": lambda: okta(encrypt=GCM)},
    place=HERE.but(decryption_key=lambda: Identity("another-recipient")),
    twin="encrypted-aes256-gcm-nested",
)
refused(
    11,
    "decryption_key_missing",
    {"decryption-key-missing": lambda: okta(encrypt=GCM)},
    place=HERE.but(decryption_key=None),
    twin="encrypted-aes256-gcm-nested",
)


def last_byte(value: int):
    return lambda data: data[:-1] + bytes([value])


# Anybody can encrypt for us; what was decrypted is as strange as what came over the wire, and needs a signature of its own.


def holding(plaintext, **options) -> str:
    """A response signed by nobody, that holds these encrypted bytes."""
    return okta(body=plaintext, signs="none", encrypt=GCM, **options)


def signed_assertion(text: str | None = None) -> str:
    return Signer().sign(assertion() if text is None else text, ASSERTION_MARK)


PLAINTEXTS = {
    "empty": lambda: "",
    "text": lambda: "hello",
    "noise": lambda: "\x01\x02 \x7f" * 50,
    "another-element": lambda: "<x></x>",
    "a-name-id": lambda: tag("saml2:NameID", {"xmlns:saml2": SAML}, SUBJECT),
    "a-response": lambda: okta(declaration=""),
    "two-assertions": lambda: signed_assertion() + signed_assertion(),
    "an-assertion-unsigned": lambda: assertion(mark=""),
    "an-assertion-of-a-stranger": lambda: Signer(attacker()).sign(
        assertion().replace(SUBJECT, MALLORY), ASSERTION_MARK
    ),
    "an-assertion-changed": lambda: signed_assertion().replace(SUBJECT, MALLORY),
    "an-assertion-of-another-namespace": lambda: Signer().sign(
        assertion(start={"xmlns:saml2": "urn:x"}), ASSERTION_MARK
    ),
    "an-assertion-with-doctype": lambda: "<!DOCTYPE x>" + signed_assertion(),
    "an-assertion-with-entity": lambda: (
        f'<!DOCTYPE x [<!ENTITY n "{SUBJECT}">]>'
        + signed_assertion().replace(f">{SUBJECT}</saml2:NameID>", ">&n;</saml2:NameID>")
    ),
    "an-assertion-with-comment": lambda: signed_assertion().replace(
        f">{SUBJECT}</saml2:NameID>", f">{SUBJECT}<!----></saml2:NameID>"
    ),
    "an-assertion-with-instruction": lambda: "<?x?>" + signed_assertion(),
    "an-assertion-with-cdata": lambda: signed_assertion().replace(">Ada Lovelace<", "><![CDATA[Ada Lovelace]]><"),
    "an-assertion-with-text-before": lambda: "x" + signed_assertion(),
    "an-assertion-with-text-after": lambda: signed_assertion() + "x",
    "an-assertion-with-nul-after": lambda: signed_assertion() + "\0",
    "an-assertion-with-duplicate-id": lambda: Signer().sign(
        assertion(more='<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>'), ASSERTION_MARK
    ),
    "an-assertion-with-the-response's-id": lambda: Signer().sign(
        assertion(start={"ID": "id_response"}), ASSERTION_MARK
    ),
    "a-relative-namespace": lambda: signed_assertion().replace("<saml2:Subject>", '<saml2:Subject xmlns:x="x">'),
    "nested-encryption": lambda: GCM(signed_assertion()),
    "nested-encrypted-data": lambda: data_alone(GCM(signed_assertion())),
    "depth-100": lambda: signed_assertion().replace(
        ">Ada Lovelace<", f"><x:y xmlns:x='urn:x'>{'<a>' * 100}{'</a>' * 100}</x:y><"
    ),
    "utf16": lambda: signed_assertion().encode("utf-16"),
    # Whoever puts the plaintext in the place of the ciphertext must not let it close what it is put into.
    "an-assertion-between-other-tags": lambda: "</holder>" + signed_assertion() + "<holder>",
    "an-assertion-that-closes-its-holder": lambda: f"{signed_assertion()}</saml2:EncryptedAssertion><x>",
    "an-assertion-with-declaration": lambda: '<?xml version="1.0"?>' + signed_assertion(),
    "an-assertion-with-prefixes-of-nobody": lambda: signed_assertion().replace(
        "<saml2:AuthnContext>", "<x:y/><saml2:AuthnContext>"
    ),
    "an-assertion-of-an-inherited-foreign-namespace": lambda: (
        signed_assertion().replace(f' xmlns:saml2="{SAML}"', "").replace("saml2:", "saml2p:")
    ),
}


refused(
    11,
    "digest_mismatch encrypted_assertion_unsigned id_duplicate key_not_pinned root_unexpected xml_cdata xml_comment "
    "xml_control_character xml_declaration_malformed xml_doctype xml_empty xml_malformed xml_namespace_relative xml_not_utf8 "
    "xml_processing_instruction xml_too_deep",
    {f"plaintext-{name}": lambda make=make: plain(make()) for name, make in PLAINTEXTS.items()},
    twin="encrypted-gcm-assertion-signed",
)


def plain(plaintext: str | bytes) -> str:
    return response(GCM(plaintext), mark="")


# Signed by the provider around a plaintext that is none: rule 1 holds for it all the same.
refused(
    11,
    "key_not_pinned root_unexpected xml_comment xml_doctype xml_malformed",
    {
        f"plaintext-in-a-signed-response-{name}": lambda name=name: okta(body=PLAINTEXTS[name](), encrypt=CBC)
        for name in (
            "text",
            "an-assertion-with-doctype",
            "an-assertion-with-comment",
            "two-assertions",
            "nested-encryption",
            "an-assertion-of-a-stranger",
        )
    },
    twin="encrypted-cbc-response-signed",
)
