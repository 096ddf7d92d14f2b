"""Rule 6: signatures taken away, put elsewhere, or there more than once."""

from .bad_bytes import MALLORY, first
from .bad_structure import extensions, resigned
from .catalogue import Catalogue
from .encryption import Encryption
from .good_signatures import without_response_signature
from .keys import attacker
from .messages import (
    ASSERTION_MARK,
    RESPONSE_MARK,
    SUBJECT,
    assertion,
    attribute,
    attributes,
    conditions,
    issuer,
    response,
    status,
    subject,
    tag,
    value,
)
from .signing import Signer, element, okta
from .vocabulary import DS

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
        "in-another-namespace": lambda text: text.replace(
            f'xmlns:ds="{DS}"', 'xmlns:ds="http://www.w3.org/2000/09/xmldsig"'
        ),
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
        "confirmation": lambda: first(
            "</saml2:SubjectConfirmationData>", f"{inner}</saml2:SubjectConfirmationData>", okta()
        ),
        "response-for-the-assertion": lambda: okta(signs="none").replace(
            "</saml2:Issuer>", "</saml2:Issuer>" + inner, 1
        ),
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
        "signature-in-signature": lambda: okta(
            signs="response", signer=Signer(key_info=tag("ds:KeyInfo", {}, both()[1]))
        ),
    },
)
