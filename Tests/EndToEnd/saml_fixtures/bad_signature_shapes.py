"""Rule 7: signatures of another shape than the one shape there is.

Signed after the change where the change is within SignedInfo.
"""

from .bad_bytes import MALLORY
from .bad_structure import resigned
from .catalogue import Catalogue
from .keys import attacker, base64_text, digest
from .messages import (
    ASSERTION_MARK,
    RESPONSE_MARK,
    SUBJECT,
    assertion,
    response,
    tag,
)
from .signing import Signer, edited, element, okta
from .vocabulary import DS

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


INFO = "</ds:SignedInfo>"
REFERENCE = "</ds:Reference>"


def shaped(edit, **options) -> str:
    """A Response signed with SignedInfo as `edit` leaves it."""
    return okta(signs="response", signer=Signer(signed_info=edit), **options)


def finished(*changes: tuple[str, str]) -> str:
    """A Response whose Signature was changed after it was made, outside SignedInfo."""
    return okta(signs="response", signer=Signer(finish=lambda text: edited(text, *changes)))


def several_signed_infos(order: str) -> str:
    """CVE-2025-29774: one SignedInfo is verified, and the digest is taken from another."""
    signed = okta(signs="response")
    info = element(signed, "ds:SignedInfo")
    forged_info = element(
        Signer(attacker()).sign(response(assertion(mark="").replace(SUBJECT, MALLORY)), RESPONSE_MARK), "ds:SignedInfo"
    )
    forged = signed.replace(SUBJECT, MALLORY)
    return forged.replace(info, {"first": forged_info + info, "last": info + forged_info}[order])


def several_references(order: str) -> str:
    """The second Reference names the element that is read, the first anything that verifies."""

    def edit(info: str) -> str:
        reference = element(info, "ds:Reference")
        other = reference.replace("#id_response", "#id_other")
        return info.replace(
            reference, {"first": other + reference, "last": reference + other, "twice": reference * 2}[order]
        )

    return shaped(edit)


def digest_values(order: str) -> str:
    def edit(info: str) -> str:
        good = element(info, "ds:DigestValue")
        other = tag("ds:DigestValue", {}, base64_text(digest("sha256", b"another text")))
        return info.replace(
            good,
            {
                "first": other + good,
                "last": good + other,
                "inside": good.replace("<ds:DigestValue>", "<ds:DigestValue>" + other),
            }[order],
        )

    return shaped(edit)


SHAPES = {
    "signed-info-missing": lambda: finished(
        (("<ds:SignedInfo>"), "<ds:SignedStuff>"), ("</ds:SignedInfo>", "</ds:SignedStuff>")
    ),
    "signed-infos-two-forged-first": lambda: several_signed_infos("first"),
    "signed-infos-two-forged-last": lambda: several_signed_infos("last"),
    "references-two-first": lambda: several_references("first"),
    "references-two-last": lambda: several_references("last"),
    "references-two-alike": lambda: several_references("twice"),
    "references-none": lambda: shaped(lambda info: info.replace(element(info, "ds:Reference"), "")),
    "reference-in-a-manifest": lambda: shaped(
        lambda info: info.replace("<ds:Reference ", "<ds:Manifest><ds:Reference ").replace(
            REFERENCE, REFERENCE + "</ds:Manifest>"
        )
    ),
    "reference-type-manifest": lambda: shaped(
        lambda info: info.replace("<ds:Reference ", f'<ds:Reference Type="{DS}Manifest" ')
    ),
    "digest-values-two-first": lambda: digest_values("first"),
    "digest-values-two-last": lambda: digest_values("last"),
    "digest-value-in-digest-value": lambda: digest_values("inside"),
    "digest-value-empty": lambda: shaped(
        lambda info: info.replace(element(info, "ds:DigestValue"), "<ds:DigestValue></ds:DigestValue>")
    ),
    "digest-value-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:DigestValue"), "")),
    "digest-value-cut-short": lambda: shaped(lambda info: cut_digest(info, 16)),
    "digest-value-of-one-byte": lambda: shaped(lambda info: cut_digest(info, 1)),
    "digest-value-without-padding": lambda: shaped(
        lambda info: info.replace("=</ds:DigestValue>", "</ds:DigestValue>")
    ),
    "digest-value-with-garbage": lambda: shaped(lambda info: info.replace("<ds:DigestValue>", "<ds:DigestValue>!!!!")),
    "digest-method-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:DigestMethod"), "")),
    "digest-methods-two": lambda: shaped(
        lambda info: info.replace(
            "<ds:DigestMethod ", f'<ds:DigestMethod Algorithm="{DS}sha1"></ds:DigestMethod><ds:DigestMethod '
        )
    ),
    "digest-value-before-method": lambda: shaped(lambda info: swapped(info, "ds:DigestMethod", "ds:DigestValue")),
    "canonicalization-method-missing": lambda: shaped(
        lambda info: info.replace(element(info, "ds:CanonicalizationMethod"), "")
    ),
    "canonicalization-after-signature-method": lambda: shaped(
        lambda info: swapped(info, "ds:CanonicalizationMethod", "ds:SignatureMethod")
    ),
    "signature-method-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:SignatureMethod"), "")),
    "signature-methods-two": lambda: shaped(
        lambda info: info.replace(
            "<ds:SignatureMethod ",
            f'<ds:SignatureMethod Algorithm="{DS}hmac-sha1"></ds:SignatureMethod><ds:SignatureMethod ',
        )
    ),
    "hmac-output-length": lambda: shaped(
        lambda info: info.replace(
            "</ds:SignatureMethod>", "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"
        )
    ),
    "transforms-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:Transforms"), "")),
    "element-unknown-in-signed-info": lambda: shaped(
        lambda info: info.replace(INFO, "<x:y xmlns:x='urn:x'></x:y>" + INFO)
    ),
    "element-unknown-in-reference": lambda: shaped(
        lambda info: info.replace(REFERENCE, "<x:y xmlns:x='urn:x'></x:y>" + REFERENCE)
    ),
    "text-in-signed-info": lambda: shaped(lambda info: info.replace(INFO, "x" + INFO)),
    "text-in-reference": lambda: shaped(lambda info: info.replace(REFERENCE, "x" + REFERENCE)),
    "text-in-signature": lambda: finished(("<ds:KeyInfo>", "x<ds:KeyInfo>")),
    "signature-value-missing": lambda: okta(
        signs="response", signer=Signer(finish=lambda text: text.replace(element(text, "ds:SignatureValue"), ""))
    ),
    "signature-values-two": lambda: finished(
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA</ds:SignatureValue><ds:SignatureValue>")
    ),
    "signature-values-two-the-other-last": lambda: finished(
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:SignatureValue>AAAA</ds:SignatureValue>")
    ),
    "signature-value-in-signature-value": lambda: finished(
        ("<ds:SignatureValue>", "<ds:SignatureValue><ds:SignatureValue>AAAA</ds:SignatureValue>")
    ),
    "signature-value-before-signed-info": lambda: okta(
        signs="response", signer=Signer(finish=lambda text: swapped(text, "ds:SignedInfo", "ds:SignatureValue"))
    ),
    "signature-value-with-garbage": lambda: finished(("<ds:SignatureValue>", "<ds:SignatureValue>!!!!")),
    "signature-value-without-padding": lambda: finished(("==</ds:SignatureValue>", "</ds:SignatureValue>")),
    "key-infos-two": lambda: finished(("<ds:KeyInfo>", "<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo>")),
    "object": lambda: finished(("</ds:Signature>", "<ds:Object>x</ds:Object></ds:Signature>")),
    "object-with-a-manifest": lambda: finished(
        ("</ds:Signature>", "<ds:Object><ds:Manifest></ds:Manifest></ds:Object></ds:Signature>")
    ),
    "element-unknown-in-signature": lambda: finished(("</ds:Signature>", "<x:y xmlns:x='urn:x'></x:y></ds:Signature>")),
    "signed-info-of-another-namespace": lambda: finished(
        ("<ds:SignedInfo>", '<o:SignedInfo xmlns:o="urn:o">'), ("</ds:SignedInfo>", "</o:SignedInfo>")
    ),
}
refused(
    7,
    "digest_mismatch digest_value_malformed reference_malformed signature_malformed signature_misplaced "
    "signature_object signature_value_malformed signed_info_malformed",
    {f"shape-{name}": make for name, make in SHAPES.items()},
    twin="response-signed",
)


def cut_digest(info: str, length: int) -> str:
    import base64

    good = info.split("<ds:DigestValue>")[1].split("</ds:DigestValue>")[0]
    return info.replace(good, base64_text(base64.b64decode(good)[:length]))


def swapped(text: str, one: str, other: str) -> str:
    first_, second_ = element(text, one), element(text, other)
    return text.replace(first_, "\0").replace(second_, first_).replace("\0", second_)


REFERENCES = {
    "empty": "",
    "without-number-sign": "{id}",
    "other": "#id_assertion",
    "nobody": "#id_nobody",
    "xpointer-id": "#xpointer(id('{id}'))",
    "xpointer-root": "#xpointer(/)",
    "xpointer-element": "#element(/1)",
    "percent-encoded": "#id%5Fresponse",
    "absolute": "https://gatehouse.example.com/#{id}",
    "file": "file:///etc/hostname",
    "http": "http://127.0.0.1:9/x",
    "blank-before": " #{id}",
    "blank-after": "#{id} ",
    "two-signs": "##{id}",
    "in-capitals": "#ID_RESPONSE",
    "prefix": "#id_respons",
    "longer": "#id_response_",
}
refused(
    7,
    "reference_malformed reference_mismatch",
    {
        f"reference-{name}": lambda uri=uri: okta(signs="response", signer=Signer(reference=uri))
        for name, uri in REFERENCES.items()
    }
    | {
        "reference-without-uri": lambda: shaped(lambda info: info.replace(' URI="#id_response"', "")),
        "reference-of-the-assertion-to-the-response": lambda: resigned(
            response(Signer(reference="#id_response").sign(assertion(), ASSERTION_MARK))
        ),
    },
    twin="response-signed",
)
