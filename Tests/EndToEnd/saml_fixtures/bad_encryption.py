"""Rule 11: keys wrapped and contents encrypted by other means than are safe, and EncryptedAssertions of other shapes."""

from .catalogue import Catalogue
from .encryption import CBC, GCM, data_alone
from .good_signatures import without_response_signature
from .keys import attacker
from .messages import tag
from .signing import Signer, edited, element, okta
from .vocabulary import DIGESTS, DS, SAML, TRANSPORTS, XENC

CATALOGUE = Catalogue()
refused = CATALOGUE.refused

refused(
    11,
    "encryption_malformed key_transport_rsa15 key_transport_unsupported",
    {
        "transport-rsa-1-5": lambda: okta(encrypt=GCM.but(transport="rsa-1_5")),
        "transport-rsa-1-5-with-cbc": lambda: okta(encrypt=CBC.but(transport="rsa-1_5")),
        "transport-key-wrap": lambda: okta(encrypt=GCM.but(transport="kw-aes256")),
        "transport-unknown": lambda: okta(encrypt=GCM.but(transport="urn:example:none")),
        "transport-empty": lambda: okta(encrypt=GCM.but(transport="")),
        "transport-missing": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(f' Algorithm="{TRANSPORTS["rsa-oaep-mgf1p"]}"', ""))
        ),
        "transport-method-missing": lambda: okta(encrypt=GCM.but(finish=without_transport)),
        "transport-digest-md5": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(DIGESTS["sha1"], DIGESTS["md5"]))
        ),
        "transport-digest-unknown": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(DIGESTS["sha1"], "urn:x"))
        ),
        "transport-mask-unknown": lambda: okta(
            encrypt=GCM.but(
                transport="rsa-oaep", mask="sha256", finish=lambda text: text.replace("mgf1sha256", "mgf1md5")
            )
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
        "cipher-missing": lambda: okta(
            encrypt=GCM.but(
                finish=lambda text: text.replace(' Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"', "")
            )
        ),
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
        "cbc-128-response-signature-taken-away": lambda: without_response_signature(
            okta(encrypt=CBC.but(cipher="aes128-cbc"))
        ),
        "cbc-nothing-signed": lambda: okta(signs="none", encrypt=CBC),
        # Downgrade: the ciphertext of GCM under the name of CBC.
        "cbc-said-of-gcm": lambda: okta(
            signs="assertion",
            encrypt=GCM.but(finish=lambda text: text.replace("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#aes256-cbc")),
        ),
    },
    twin="encrypted-aes256-cbc-nested",
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
        "encrypted-data-missing": lambda: okta(
            body="", encrypt=lambda body: tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML})
        ),
        "encrypted-data-two": lambda: okta(
            encrypt=GCM.but(finish=lambda text: again(text, "xenc:EncryptedData", "id_encrypted_", "id_other_"))
        ),
        "encrypted-key-missing": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(element(text, "xenc:EncryptedKey"), ""))
        ),
        "encrypted-keys-two-nested": lambda: okta(
            encrypt=GCM.but(finish=lambda text: again(text, "xenc:EncryptedKey", "id_encrypted_key", "id_other"))
        ),
        "encrypted-keys-two-siblings": lambda: okta(
            encrypt=GCM.but(
                placement="sibling",
                finish=lambda text: again(text, "xenc:EncryptedKey", "id_encrypted_key", "id_other"),
            )
        ),
        "encrypted-keys-200": lambda: okta(encrypt=GCM.but(finish=lambda text: many_keys(text, 200))),
        "encrypted-key-in-both-places": lambda: okta(encrypt=GCM.but(finish=in_both_places)),
        "encrypted-data-without-key-info": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(element(text, "ds:KeyInfo"), ""))
        ),
        "encrypted-data-with-a-key-name": lambda: shaped(
            ("<ds:KeyInfo ", "<ds:KeyInfo "), ("<xenc:EncryptedKey ", "<ds:KeyName>k</ds:KeyName><xenc:EncryptedKey ")
        ),
        "retrieval-method-to-http": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval=HTTP)),
        "retrieval-method-to-a-file": lambda: okta(
            encrypt=GCM.but(placement="sibling", retrieval="file:///etc/hostname")
        ),
        "retrieval-method-to-nobody": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="#id_nobody")),
        "retrieval-method-to-the-response": lambda: okta(
            encrypt=GCM.but(placement="sibling", retrieval="#id_response")
        ),
        "retrieval-method-to-itself": lambda: okta(
            encrypt=GCM.but(placement="sibling", retrieval="#id_encrypted_data")
        ),
        "retrieval-method-empty": lambda: okta(encrypt=GCM.but(placement="sibling", retrieval="")),
        "retrieval-method-with-transforms": lambda: okta(
            encrypt=GCM.but(
                placement="sibling",
                finish=lambda text: text.replace(
                    "</ds:RetrievalMethod>", "<ds:Transforms></ds:Transforms></ds:RetrievalMethod>"
                ),
            )
        ),
        "cipher-data-missing": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(element(text, "xenc:CipherData"), ""))
        ),
        "cipher-value-empty": lambda: okta(encrypt=GCM.but(ciphertext=lambda data: b"")),
        "cipher-value-not-base64": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace("<xenc:CipherValue>", "<xenc:CipherValue>!!!!"))
        ),
        "cipher-reference": lambda: okta(encrypt=GCM.but(finish=referring)),
        "cipher-values-two": lambda: okta(
            encrypt=GCM.but(
                finish=lambda text: text.replace(
                    "<xenc:CipherValue>", "<xenc:CipherValue>AAAA</xenc:CipherValue><xenc:CipherValue>", 1
                )
            )
        ),
        "type-content": lambda: okta(encrypt=GCM.but(type=XENC + "Content")),
        "type-unknown": lambda: okta(encrypt=GCM.but(type="urn:x")),
        "encrypted-data-of-another-namespace": lambda: okta(
            encrypt=GCM.but(finish=lambda text: text.replace(XENC + '"', XENC + 'x"'))
        ),
        "encrypted-data-alone": lambda: okta(encrypt=lambda body: data_alone(GCM(body))),
    },
    twin="encrypted-aes256-gcm-nested",
)


def many_keys(text: str, count: int) -> str:
    found = element(text, "xenc:EncryptedKey")
    return text.replace(
        found, "".join(found.replace("id_encrypted_key", f"id_key_{number}") for number in range(count))
    )


def in_both_places(text: str) -> str:
    found = element(text, "xenc:EncryptedKey").replace("id_encrypted_key", "id_other")
    return text.replace("</saml2:EncryptedAssertion>", found + "</saml2:EncryptedAssertion>")


def referring(text: str) -> str:
    value = element(text, "xenc:CipherValue", 1)
    return text.replace(value, f'<xenc:CipherReference URI="{HTTP}"></xenc:CipherReference>')


def changed_after_signing(document: str) -> str:
    """Another first character of the ciphertext."""
    before, after = document.rsplit("<xenc:CipherValue>", 1)
    return before + "<xenc:CipherValue>" + ("B" if after[0] == "A" else "A") + after[1:]


# Nothing is decrypted before the Response's signature is settled, or its answers would be the oracle again.
refused(
    11,
    "digest_mismatch",
    {
        "cbc-ciphertext-changed-after-signing": lambda: changed_after_signing(okta(encrypt=CBC)),
        "gcm-ciphertext-changed-after-signing": lambda: changed_after_signing(okta(encrypt=GCM)),
    },
    twin="encrypted-aes256-cbc-nested",
)
refused(
    11,
    "key_not_pinned",
    {"cbc-response-signed-by-a-stranger": lambda: okta(encrypt=CBC, response_signer=Signer(attacker()))},
    twin="encrypted-aes256-cbc-nested",
)
refused(
    11,
    "encrypted_assertion_unsigned",
    {
        "gcm-response-signature-taken-away-from-an-unsigned-assertion": lambda: without_response_signature(
            okta(signs="response", encrypt=GCM)
        )
    },
    twin="encrypted-gcm-response-signed",
)
refused(
    11,
    "key_transport_unsupported",
    {
        "transport-mgf1p-names-a-mask": lambda: okta(encrypt=GCM.but(mask="sha1")),
        "transport-two-digests": lambda: okta(
            encrypt=GCM.but(
                finish=lambda text: text.replace(
                    "<ds:DigestMethod ",
                    f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{DIGESTS["sha256"]}"></ds:DigestMethod><ds:DigestMethod ',
                    1,
                )
            )
        ),
    },
    twin="encrypted-aes256-gcm-nested",
)
