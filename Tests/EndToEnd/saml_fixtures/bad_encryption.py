"""Rule 11: encryption proves nothing, so anybody can send anything encrypted; and the answer must not tell what was wrong."""

import os

from .bad_bytes import MALLORY, first
from .catalogue import HERE, Catalogue
from .encryption import Encryption, cipher_data
from .good_signatures import without_response_signature
from .keys import Identity, attacker, base64_text, recipient
from .messages import ASSERTION_MARK, SUBJECT, assertion, response, tag
from .signing import Signer, edited, element, okta
from .vocabulary import DIGESTS, DS, SAML, TRANSPORTS, XENC

CATALOGUE = Catalogue()
refused = CATALOGUE.refused
GCM, CBC = Encryption(), Encryption("aes256-cbc")

refused(
    11,
    "encryption_malformed key_transport_rsa15 key_transport_unsupported",
    {
        "transport-rsa-1-5": lambda: okta(encrypt=GCM.but(transport="rsa-1_5")),
        "transport-rsa-1-5-with-cbc": lambda: okta(encrypt=CBC.but(transport="rsa-1_5")),
        "transport-key-wrap": lambda: okta(encrypt=GCM.but(transport="kw-aes256")),
        "transport-unknown": lambda: okta(encrypt=GCM.but(transport="urn:example:none")),
        "transport-empty": lambda: okta(encrypt=GCM.but(transport="")),
        "transport-missing": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(f' Algorithm="{TRANSPORTS["rsa-oaep-mgf1p"]}"', ""))),
        "transport-method-missing": lambda: okta(encrypt=GCM.but(finish=without_transport)),
        "transport-digest-md5": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(DIGESTS["sha1"], DIGESTS["md5"]))),
        "transport-digest-unknown": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(DIGESTS["sha1"], "urn:x"))),
        "transport-mask-unknown": lambda: okta(
            encrypt=GCM.but(transport="rsa-oaep", mask="sha256", finish=lambda text: text.replace("mgf1sha256", "mgf1md5"))
        ),
    },
    twin="encrypted-aes256-gcm-nested",
)


def without_transport(text: str) -> str:
    wrapped = element(text, "xenc:EncryptedKey")
    return text.replace(wrapped, wrapped.replace(element(wrapped, "xenc:EncryptionMethod"), ""))


refused(
    11,
    "encryption_algorithm_unsupported",
    {
        "cipher-triple-des": lambda: okta(encrypt=GCM.but(cipher="tripledes-cbc")),
        "cipher-aes192-cbc": lambda: okta(encrypt=GCM.but(cipher="aes192-cbc")),
        "cipher-aes192-gcm": lambda: okta(encrypt=GCM.but(cipher="aes192-gcm")),
        "cipher-unknown": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace("#aes256-gcm", "#aes256-ecb"))),
        "cipher-missing": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(' Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"', ""))),
    },
    twin="encrypted-aes256-gcm-nested",
)
# Okta lets an administrator turn the Response's signature off; then CBC is malleable and an oracle (CVE-2011-4625 and others).
refused(
    11,
    "encryption_cbc_unsigned",
    {
        "cbc-assertion-signed": lambda: okta(signs="assertion", encrypt=CBC),
        "cbc-response-signature-taken-away": lambda: without_response_signature(okta(encrypt=CBC)),
        "cbc-128-response-signature-taken-away": lambda: without_response_signature(okta(encrypt=CBC.but(cipher="aes128-cbc"))),
        "cbc-nothing-signed": lambda: okta(signs="none", encrypt=CBC),
        # Downgrade: the ciphertext of GCM under the name of CBC.
        "cbc-said-of-gcm": lambda: okta(
            signs="assertion", encrypt=GCM.but(finish=lambda text: text.replace("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#aes256-cbc"))
        ),
    },
    twin="encrypted-aes256-cbc-nested",
)


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
    "wrapped-with-a-label-not-shown": GCM.but(label=b"x", finish=lambda text: text.replace(element(text, "xenc:OAEPparams"), "")),
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
    {f"oracle-{name}": lambda encryption=encryption: okta(signs="assertion", encrypt=encryption) for name, encryption in ORACLE.items()},
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
    "an-assertion-of-a-stranger": lambda: Signer(attacker()).sign(assertion().replace(SUBJECT, MALLORY), ASSERTION_MARK),
    "an-assertion-changed": lambda: signed_assertion().replace(SUBJECT, MALLORY),
    "an-assertion-of-another-namespace": lambda: Signer().sign(assertion(start={"xmlns:saml2": "urn:x"}), ASSERTION_MARK),
    "an-assertion-with-doctype": lambda: "<!DOCTYPE x>" + signed_assertion(),
    "an-assertion-with-entity": lambda: f'<!DOCTYPE x [<!ENTITY n "{SUBJECT}">]>' + signed_assertion().replace(f">{SUBJECT}</saml2:NameID>", ">&n;</saml2:NameID>"),
    "an-assertion-with-comment": lambda: signed_assertion().replace(f">{SUBJECT}</saml2:NameID>", f">{SUBJECT}<!----></saml2:NameID>"),
    "an-assertion-with-instruction": lambda: "<?x?>" + signed_assertion(),
    "an-assertion-with-cdata": lambda: signed_assertion().replace(">Ada Lovelace<", "><![CDATA[Ada Lovelace]]><"),
    "an-assertion-with-text-before": lambda: "x" + signed_assertion(),
    "an-assertion-with-text-after": lambda: signed_assertion() + "x",
    "an-assertion-with-nul-after": lambda: signed_assertion() + "\0",
    "an-assertion-with-duplicate-id": lambda: Signer().sign(assertion(more='<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>'), ASSERTION_MARK),
    "an-assertion-with-the-response's-id": lambda: Signer().sign(assertion(start={"ID": "id_response"}), ASSERTION_MARK),
    "a-relative-namespace": lambda: signed_assertion().replace("<saml2:Subject>", '<saml2:Subject xmlns:x="x">'),
    "nested-encryption": lambda: GCM(signed_assertion()),
    "nested-encrypted-data": lambda: element_of_data(GCM(signed_assertion())),
    "depth-100": lambda: signed_assertion().replace(">Ada Lovelace<", f"><x:y xmlns:x='urn:x'>{'<a>' * 100}{'</a>' * 100}</x:y><"),
    "utf16": lambda: signed_assertion().encode("utf-16"),
    # In scope where the EncryptedAssertion stands and not declared inside; who decrypts into the document accepts it.
    "an-assertion-with-inherited-namespaces": lambda: signed_assertion().replace(f' xmlns:saml2="{SAML}"', ""),
}


def element_of_data(text: str) -> str:
    return text.split(">", 1)[1].rsplit("</saml2:EncryptedAssertion>", 1)[0]


refused(
    11,
    "digest_mismatch encrypted_assertion_unsigned id_duplicate key_not_pinned root_unexpected xml_cdata xml_comment "
    "xml_control_character xml_doctype xml_empty xml_malformed xml_namespace_relative xml_not_utf8 "
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
        for name in ("text", "an-assertion-with-doctype", "an-assertion-with-comment", "two-assertions", "nested-encryption", "an-assertion-of-a-stranger")
    },
    twin="encrypted-cbc-response-signed",
)

# Shapes


def shaped(*changes: tuple[str, str], **options) -> str:
    return okta(encrypt=GCM.but(finish=lambda text: edited(text, *changes), **options))


def again(text: str, name: str, attribute: str, value: str) -> str:
    """An element of the result once more, beside itself, under another Id."""
    found = element(text, name)
    return text.replace(found, found + found.replace(attribute, value))


HTTP = "http://127.0.0.1:9/key"
refused(
    11,
    "encryption_malformed encryption_reference_foreign response_malformed signature_misplaced",
    {
        "encrypted-data-missing": lambda: okta(body="", encrypt=lambda body: tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML})),
        "encrypted-data-two": lambda: okta(encrypt=GCM.but(finish=lambda text: again(text, "xenc:EncryptedData", "id_encrypted_", "id_other_"))),
        "encrypted-key-missing": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(element(text, "xenc:EncryptedKey"), ""))),
        "encrypted-keys-two-nested": lambda: okta(encrypt=GCM.but(finish=lambda text: again(text, "xenc:EncryptedKey", "id_encrypted_key", "id_other"))),
        "encrypted-keys-two-siblings": lambda: okta(
            encrypt=GCM.but(placement="sibling", finish=lambda text: again(text, "xenc:EncryptedKey", "id_encrypted_key", "id_other"))
        ),
        "encrypted-keys-200": lambda: okta(encrypt=GCM.but(finish=lambda text: many_keys(text, 200))),
        "encrypted-key-in-both-places": lambda: okta(encrypt=GCM.but(finish=in_both_places)),
        "encrypted-data-without-key-info": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(element(text, "ds:KeyInfo"), ""))),
        "encrypted-data-with-a-key-name": lambda: shaped(("<ds:KeyInfo ", "<ds:KeyInfo "), ("<xenc:EncryptedKey ", "<ds:KeyName>k</ds:KeyName><xenc:EncryptedKey ")),
        "retrieval-method-to-http": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval=HTTP)),
        "retrieval-method-to-a-file": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="file:///etc/hostname")),
        "retrieval-method-to-nobody": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="#id_nobody")),
        "retrieval-method-to-the-response": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="#id_response")),
        "retrieval-method-to-itself": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="#id_encrypted_data")),
        "retrieval-method-empty": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="")),
        "retrieval-method-with-transforms": lambda: okta(
            encrypt=GCM.but(placement="sibling", finish=lambda text: text.replace("</ds:RetrievalMethod>", "<ds:Transforms></ds:Transforms></ds:RetrievalMethod>"))
        ),
        "cipher-data-missing": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(element(text, "xenc:CipherData"), ""))),
        "cipher-value-empty": lambda: okta(encrypt=GCM.but(ciphertext=lambda data: b"")),
        "cipher-value-not-base64": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace("<xenc:CipherValue>", "<xenc:CipherValue>!!!!"))),
        "cipher-reference": lambda: okta(encrypt=GCM.but(finish=referring)),
        "cipher-values-two": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace("<xenc:CipherValue>", "<xenc:CipherValue>AAAA</xenc:CipherValue><xenc:CipherValue>", 1))),
        "type-content": lambda: okta(encrypt=GCM.but(type=XENC + "Content")),
        "type-unknown": lambda: okta(encrypt=GCM.but(type="urn:x")),
        "encrypted-data-of-another-namespace": lambda: okta(encrypt=GCM.but(finish=lambda text: text.replace(XENC + '"', XENC + 'x"'))),
        "encrypted-data-alone": lambda: okta(encrypt=lambda body: element_of_data(GCM(body))),
    },
    twin="encrypted-aes256-gcm-nested",
)


def many_keys(text: str, count: int) -> str:
    found = element(text, "xenc:EncryptedKey")
    return text.replace(found, "".join(found.replace("id_encrypted_key", f"id_key_{number}") for number in range(count)))


def in_both_places(text: str) -> str:
    found = element(text, "xenc:EncryptedKey").replace("id_encrypted_key", "id_other")
    return text.replace("</saml2:EncryptedAssertion>", found + "</saml2:EncryptedAssertion>")


def referring(text: str) -> str:
    value = element(text, "xenc:CipherValue", 1)
    return text.replace(value, f'<xenc:CipherReference URI="{HTTP}"></xenc:CipherReference>')
