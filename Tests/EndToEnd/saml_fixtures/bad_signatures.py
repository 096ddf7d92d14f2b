"""Rules 6 and 7: signatures taken away or put elsewhere, and signatures of another shape than the one shape there is."""

from .bad_bytes import MALLORY, first
from .bad_structure import extensions, resigned
from .catalogue import Catalogue
from .encryption import Encryption
from .good_signatures import without_response_signature
from .keys import Identity, attacker, base64_text, digest
from .messages import ASSERTION_MARK, RESPONSE_MARK, SUBJECT, assertion, attribute, attributes, authentication, conditions
from .messages import issuer, response, status, subject, tag, value
from .signing import Signer, edited, element, okta, transform
from .vocabulary import DIGESTS, DS, ENVELOPED, EXCLUSIVE, SAML

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def both() -> tuple[str, str, str]:
    """A response with both signatures, the Response's, the Assertion's."""
    document = okta()
    return document, element(document, "ds:Signature"), element(document, "ds:Signature", 1)


def emptied(signature: str) -> str:
    return signature.replace(element(signature, "ds:SignatureValue"), "<ds:SignatureValue></ds:SignatureValue>")


def bare(kind: str, which: tuple[bool, bool]) -> str:
    """Response and Assertion with what is left of their signatures after `kind` was done to those of `which`."""
    change = {
        "stripped": lambda text: "",
        "emptied": lambda text: f'<ds:Signature xmlns:ds="{DS}"></ds:Signature>',
        "without-value": emptied,
        "in-another-namespace": lambda text: text.replace(f'xmlns:ds="{DS}"', 'xmlns:ds="http://www.w3.org/2000/09/xmldsig"'),
        "by-a-stranger": None,
    }[kind]
    document, *signatures = both()
    if change is None:
        stranger = Signer(attacker())
        text = assertion().replace(SUBJECT, MALLORY)
        text = (stranger if which[1] else Signer()).sign(text, ASSERTION_MARK)
        return (stranger if which[0] else Signer()).sign(response(text), RESPONSE_MARK)
    for signature, touched in zip(signatures, which):
        if touched:
            document = document.replace(signature, change(signature))
    return document


# (True, False) without the Response's signature is a good response, and stands among those.
for kind in ("stripped", "emptied", "without-value", "in-another-namespace", "by-a-stranger"):
    for which, name in {(True, True): "both", (True, False): "response", (False, True): "assertion"}.items():
        if (kind, name) != ("stripped", "response"):
            refused(
                6,
                "digest_mismatch key_not_pinned response_malformed signature_malformed signature_missing "
    "signature_value_malformed",
                {f"signatures-{kind}-{name}": lambda kind=kind, which=which: bare(kind, which)},
            )
refused(
    6,
    "encrypted_assertion_unsigned signature_missing",
    {
        "never-signed": lambda: okta(signs="none"),
        "never-signed-response-stripped": lambda: without_response_signature(okta(signs="response")),
        "never-signed-encrypted": lambda: okta(signs="none", encrypt=Encryption()),
    },
)


def placed(where: str) -> str:
    """The Assertion's signature, well made, in another place than directly after Issuer."""
    unmarked = {"mark": ""}
    mark = ASSERTION_MARK
    text = {
        "assertion-start": lambda: assertion(issuer_=mark + issuer(), **unmarked),
        "assertion-after-subject": lambda: assertion(subject_=subject() + mark, **unmarked),
        "assertion-after-conditions": lambda: assertion(conditions_=conditions() + mark, **unmarked),
        "assertion-end": lambda: assertion(more=mark, **unmarked),
    }[where]()
    return resigned(response(text))


def placed_in_response(where: str) -> str:
    mark = RESPONSE_MARK
    body = Signer().sign(assertion(), ASSERTION_MARK)
    return {
        "response-start": lambda: resigned(response(body, issuer_=mark + issuer(), mark="")),
        "response-after-status": lambda: resigned(response(body, status_=status() + mark, mark="")),
        "response-end": lambda: resigned(response(body, mark, mark="")),
        "response-before-assertion": lambda: resigned(response(mark, body, mark="")),
    }[where]()


refused(
    6,
    "signature_misplaced",
    {
        f"signature-at-{where}": lambda where=where: placed(where)
        for where in ("assertion-start", "assertion-after-subject", "assertion-after-conditions", "assertion-end")
    }
    | {
        f"signature-at-{where}": lambda where=where: placed_in_response(where)
        for where in ("response-start", "response-after-status", "response-end", "response-before-assertion")
    },
)


def twice(signer: Signer, again: Signer) -> str:
    """Two Signatures after the Response's Issuer; the first covers the second."""
    whole = response(Signer().sign(assertion(), ASSERTION_MARK))
    inner = again.sign(whole, RESPONSE_MARK)
    return signer.sign(inner.replace("</saml2:Issuer>", f"</saml2:Issuer>{RESPONSE_MARK}", 1), RESPONSE_MARK)


def also_in(place: str) -> str:
    """A good signature once more, where nobody should look for one."""
    document, signature, inner = both()
    return {
        "extensions": lambda: okta(signs="assertion", extensions=extensions(signature)),
        "status": lambda: okta(signs="assertion", status_=status() + signature),
        "attribute-value": lambda: okta(assertion(attributes_=attributes(attribute("x", value(inner))))),
        "confirmation": lambda: first("</saml2:SubjectConfirmationData>", f"{inner}</saml2:SubjectConfirmationData>", okta()),
        "response-for-the-assertion": lambda: okta(signs="none").replace("</saml2:Issuer>", "</saml2:Issuer>" + inner, 1),
        "assertion-for-the-response": lambda: exchanged(okta(signs="assertion"), signature),
    }[place]()


def exchanged(document: str, signature: str) -> str:
    return document.replace(element(document, "ds:Signature"), signature)


refused(
    6,
    "reference_mismatch signature_misplaced",
    {
        f"signature-also-in-{place}": lambda place=place: also_in(place)
        for place in ("extensions", "status", "attribute-value", "confirmation")
    }
    | {
        "signature-of-the-assertion-on-the-response": lambda: also_in("response-for-the-assertion"),
        "signature-of-the-response-on-the-assertion": lambda: also_in("assertion-for-the-response"),
        "signatures-two-on-the-response": lambda: twice(Signer(), Signer()),
        "signatures-two-the-first-by-a-stranger": lambda: twice(Signer(attacker()), Signer()),
        "signatures-two-the-second-by-a-stranger": lambda: twice(Signer(), Signer(attacker())),
        "signature-in-signature": lambda: okta(signs="response", signer=Signer(key_info=tag("ds:KeyInfo", {}, both()[1]))),
    },
)

# Rule 7: one shape. Signed after the change where the change is within SignedInfo.
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
    forged_info = element(Signer(attacker()).sign(response(assertion(mark="").replace(SUBJECT, MALLORY)), RESPONSE_MARK), "ds:SignedInfo")
    forged = signed.replace(SUBJECT, MALLORY)
    return forged.replace(info, {"first": forged_info + info, "last": info + forged_info}[order])


def several_references(order: str) -> str:
    """The second Reference names the element that is read, the first anything that verifies."""
    def edit(info: str) -> str:
        reference = element(info, "ds:Reference")
        other = reference.replace("#id_response", "#id_other")
        return info.replace(reference, {"first": other + reference, "last": reference + other, "twice": reference * 2}[order])

    return shaped(edit)


def digest_values(order: str) -> str:
    def edit(info: str) -> str:
        good = element(info, "ds:DigestValue")
        other = tag("ds:DigestValue", {}, base64_text(digest("sha256", b"another text")))
        return info.replace(good, {"first": other + good, "last": good + other, "inside": good.replace("<ds:DigestValue>", "<ds:DigestValue>" + other)}[order])

    return shaped(edit)


SHAPES = {
    "signed-info-missing": lambda: finished((("<ds:SignedInfo>"), "<ds:SignedStuff>"), ("</ds:SignedInfo>", "</ds:SignedStuff>")),
    "signed-infos-two-forged-first": lambda: several_signed_infos("first"),
    "signed-infos-two-forged-last": lambda: several_signed_infos("last"),
    "references-two-first": lambda: several_references("first"),
    "references-two-last": lambda: several_references("last"),
    "references-two-alike": lambda: several_references("twice"),
    "references-none": lambda: shaped(lambda info: info.replace(element(info, "ds:Reference"), "")),
    "reference-in-a-manifest": lambda: shaped(
        lambda info: info.replace("<ds:Reference ", "<ds:Manifest><ds:Reference ").replace(REFERENCE, REFERENCE + "</ds:Manifest>")
    ),
    "reference-type-manifest": lambda: shaped(lambda info: info.replace("<ds:Reference ", f'<ds:Reference Type="{DS}Manifest" ')),
    "digest-values-two-first": lambda: digest_values("first"),
    "digest-values-two-last": lambda: digest_values("last"),
    "digest-value-in-digest-value": lambda: digest_values("inside"),
    "digest-value-empty": lambda: shaped(lambda info: info.replace(element(info, "ds:DigestValue"), "<ds:DigestValue></ds:DigestValue>")),
    "digest-value-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:DigestValue"), "")),
    "digest-value-cut-short": lambda: shaped(lambda info: cut_digest(info, 16)),
    "digest-value-of-one-byte": lambda: shaped(lambda info: cut_digest(info, 1)),
    "digest-value-without-padding": lambda: shaped(lambda info: info.replace("=</ds:DigestValue>", "</ds:DigestValue>")),
    "digest-value-with-garbage": lambda: shaped(lambda info: info.replace("<ds:DigestValue>", "<ds:DigestValue>!!!!")),
    "digest-method-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:DigestMethod"), "")),
    "digest-methods-two": lambda: shaped(lambda info: info.replace("<ds:DigestMethod ", f'<ds:DigestMethod Algorithm="{DS}sha1"></ds:DigestMethod><ds:DigestMethod ')),
    "digest-value-before-method": lambda: shaped(lambda info: swapped(info, "ds:DigestMethod", "ds:DigestValue")),
    "canonicalization-method-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:CanonicalizationMethod"), "")),
    "canonicalization-after-signature-method": lambda: shaped(lambda info: swapped(info, "ds:CanonicalizationMethod", "ds:SignatureMethod")),
    "signature-method-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:SignatureMethod"), "")),
    "signature-methods-two": lambda: shaped(lambda info: info.replace(
        "<ds:SignatureMethod ", f'<ds:SignatureMethod Algorithm="{DS}hmac-sha1"></ds:SignatureMethod><ds:SignatureMethod ')),
    "hmac-output-length": lambda: shaped(lambda info: info.replace("</ds:SignatureMethod>", "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>")),
    "transforms-missing": lambda: shaped(lambda info: info.replace(element(info, "ds:Transforms"), "")),
    "element-unknown-in-signed-info": lambda: shaped(lambda info: info.replace(INFO, "<x:y xmlns:x='urn:x'></x:y>" + INFO)),
    "element-unknown-in-reference": lambda: shaped(lambda info: info.replace(REFERENCE, "<x:y xmlns:x='urn:x'></x:y>" + REFERENCE)),
    "text-in-signed-info": lambda: shaped(lambda info: info.replace(INFO, "x" + INFO)),
    "text-in-reference": lambda: shaped(lambda info: info.replace(REFERENCE, "x" + REFERENCE)),
    "text-in-signature": lambda: finished(("<ds:KeyInfo>", "x<ds:KeyInfo>")),
    "signature-value-missing": lambda: okta(signs="response", signer=Signer(finish=lambda text: text.replace(element(text, "ds:SignatureValue"), ""))),
    "signature-values-two": lambda: finished(("<ds:SignatureValue>", "<ds:SignatureValue>AAAA</ds:SignatureValue><ds:SignatureValue>")),
    "signature-values-two-the-other-last": lambda: finished(("</ds:SignatureValue>", "</ds:SignatureValue><ds:SignatureValue>AAAA</ds:SignatureValue>")),
    "signature-value-in-signature-value": lambda: finished(("<ds:SignatureValue>", "<ds:SignatureValue><ds:SignatureValue>AAAA</ds:SignatureValue>")),
    "signature-value-before-signed-info": lambda: okta(signs="response", signer=Signer(finish=lambda text: swapped(text, "ds:SignedInfo", "ds:SignatureValue"))),
    "signature-value-with-garbage": lambda: finished(("<ds:SignatureValue>", "<ds:SignatureValue>!!!!")),
    "signature-value-without-padding": lambda: finished(("==</ds:SignatureValue>", "</ds:SignatureValue>")),
    "key-infos-two": lambda: finished(("<ds:KeyInfo>", "<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo>")),
    "object": lambda: finished(("</ds:Signature>", "<ds:Object>x</ds:Object></ds:Signature>")),
    "object-with-a-manifest": lambda: finished(("</ds:Signature>", "<ds:Object><ds:Manifest></ds:Manifest></ds:Object></ds:Signature>")),
    "element-unknown-in-signature": lambda: finished(("</ds:Signature>", "<x:y xmlns:x='urn:x'></x:y></ds:Signature>")),
    "signed-info-of-another-namespace": lambda: finished(
        ("<ds:SignedInfo>", '<o:SignedInfo xmlns:o="urn:o">'), ("</ds:SignedInfo>", "</o:SignedInfo>")
    ),
}
refused(7, "digest_mismatch digest_value_malformed reference_malformed signature_malformed signature_misplaced "
    "signature_object signature_value_malformed signed_info_malformed", {f"shape-{name}": make for name, make in SHAPES.items()}, twin="response-signed")


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
        "reference-of-the-assertion-to-the-response": lambda: resigned(response(Signer(reference="#id_response").sign(assertion(), ASSERTION_MARK))),
    },
    twin="response-signed",
)
