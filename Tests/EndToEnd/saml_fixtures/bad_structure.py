"""Rules 3 and 4: namespaces that are none, and trees of another shape than a response's.

What is signed by the provider's key here is signed after the change, so that the signature is no reason to refuse it.
"""

from .bad_bytes import first
from .catalogue import Catalogue
from .encryption import Encryption
from .keys import idp
from .messages import (
    ASSERTION_MARK,
    ENTITY_ID,
    ISSUER,
    RESPONSE_MARK,
    SUBJECT,
    assertion,
    audiences,
    conditions,
    issuer,
    name_id,
    response,
    status,
    subject,
    tag,
)
from .signing import Signer, okta
from .vocabulary import SAML, SAMLP

CATALOGUE = Catalogue()
refused = CATALOGUE.refused
EMPTY_SHA256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

# Rule 3. A relative namespace URI makes libxml2's canonicalisation fail, and leaves next to nothing to be digested.


def declaring(*declarations: str, document: str | None = None) -> str:
    """Unused declarations change no canonical octet: the signatures hold."""
    return first("<saml2:Subject>", f"<saml2:Subject {' '.join(declarations)}>", document)


def void(octets: str) -> str:
    """CVE-2025-66568: the provider's key did sign the digest of nothing, or nothing itself, and canonicalisation now fails."""
    empty = Signer(digested=lambda _: b"")
    if octets == "signed-info":
        signed = okta(signs="response", signer=Signer(value=lambda _: idp().sign("rsa-sha256", b"")))
        return first("<ds:SignedInfo>", '<ds:SignedInfo xmlns:void="x">', signed)
    document = okta(signs="response", signer=empty)
    if EMPTY_SHA256 not in document:
        raise AssertionError("the digest is not that of nothing")
    return {"with-namespace": declaring('xmlns:void="x"', document=document), "alone": document}[octets]


RELATIVE = {
    "plain": "relative",
    "one-letter": "x",
    "path": "../x",
    "absolute-path": "/x",
    "query": "?x",
    "fragment": "#x",
    "number": "1",
    "scheme-that-is-none": "1a:b",
    "blank": " ",
    "leading-blank": " urn:x",
    "authority-alone": "//example.com/x",
}
refused(
    3,
    "xml_namespace_relative",
    {f"namespace-relative-{name}": lambda uri=uri: declaring(f'xmlns:void="{uri}"') for name, uri in RELATIVE.items()},
)
refused(
    3,
    "digest_mismatch xml_namespace_relative",
    {
        "namespace-relative-default": lambda: declaring('xmlns="x"'),
        "namespace-none-again": lambda: declaring('xmlns=""'),
        "namespace-relative-on-the-root": lambda: first("<saml2p:Response ", '<saml2p:Response xmlns:void="x" '),
        "namespace-relative-in-signed-info": lambda: first("<ds:SignedInfo>", '<ds:SignedInfo xmlns:void="x">'),
        "namespace-relative-used": lambda: declaring('xmlns:void="x" void:a="b"'),
        "namespace-not-a-uri": lambda: declaring('xmlns:void="http://[::1"'),
        "namespace-with-a-blank": lambda: declaring('xmlns:void="http://exa mple.com"'),
        "void-signed-digest-of-nothing": lambda: void("alone"),
        "void-digest-and-relative-namespace": lambda: void("with-namespace"),
        "void-signed-info-and-relative-namespace": lambda: void("signed-info"),
    },
)

# Rule 4. Root and what stands in it.


def renamed(old: str, new: str, document: str) -> str:
    return document.replace(f"<{old} ", f"<{new} ").replace(f"</{old}>", f"</{new}>")


def resigned(unsigned: str) -> str:
    """Signs in the midst of the document, whatever it is."""
    for mark in (ASSERTION_MARK, RESPONSE_MARK):
        if mark in unsigned:
            unsigned = Signer().sign(unsigned, mark)
    return unsigned


def second(**changes) -> str:
    """Another assertion of the provider's own, well signed."""
    return Signer().sign(assertion(start={"ID": "id_second"}, **changes), ASSERTION_MARK)


ROOTS = {
    "an-assertion": lambda: Signer().sign(assertion(), ASSERTION_MARK),
    "a-response-of-saml1": lambda: resigned(
        response(assertion(), start={"xmlns:saml2p": "urn:oasis:names:tc:SAML:1.0:protocol"})
    ),
    "a-response-without-namespace": lambda: resigned(response(assertion(), name="Response")),
    "a-response-of-a-twin-namespace": lambda: resigned(response(assertion(), start={"xmlns:saml2p": SAMLP + "/"})),
    "a-response-of-the-assertion-namespace": lambda: resigned(response(assertion(), start={"xmlns:saml2p": SAML})),
    "a-response-in-lower-case": lambda: resigned(response(assertion(), name="saml2p:response")),
    "an-artifact-response": lambda: resigned(response(assertion(), name="saml2p:ArtifactResponse")),
    "a-logout-response": lambda: resigned(response(assertion(), name="saml2p:LogoutResponse")),
    "an-authentication-request": lambda: resigned(response(assertion(), name="saml2p:AuthnRequest")),
    "a-soap-envelope": lambda: tag(
        "s:Envelope", {"xmlns:s": "http://schemas.xmlsoap.org/soap/envelope/"}, okta(declaration="")
    ),
    "a-wrapper": lambda: tag("x:y", {"xmlns:x": "urn:x"}, okta(declaration="")),
}
refused(
    4,
    "assertion_misplaced response_misplaced root_unexpected",
    {f"root-is-{name}": make for name, make in ROOTS.items()},
)
refused(
    4,
    "assertion_misplaced assertion_missing assertion_repeated id_duplicate response_misplaced signature_misplaced",
    {
        "assertion-missing": lambda: resigned(response()),
        "assertions-two": lambda: resigned(response(second(), assertion())),
        "assertions-two-in-the-other-order": lambda: resigned(response(assertion(), second())),
        "assertions-two-the-second-unsigned": lambda: resigned(response(assertion(), second_unsigned())),
        "assertions-two-alike": lambda: okta(Signer().sign(assertion(), ASSERTION_MARK) * 2, signs="response"),
        "assertion-and-encrypted-assertion": lambda: resigned(response(assertion(), Encryption()(second()))),
        "encrypted-assertions-two": lambda: resigned(response(Encryption()(second()), encrypted_again())),
        "assertion-in-extensions-only": lambda: resigned(response(extensions=extensions(assertion()))),
        "assertion-in-another-element": lambda: resigned(response(tag("x:y", {"xmlns:x": "urn:x"}, assertion()))),
        "assertion-in-a-response-in-the-response": lambda: resigned(
            response(response(assertion(), declaration="", mark="", start={"ID": "id_inner"}))
        ),
        "assertion-not-encrypted-in-encrypted-assertion": lambda: resigned(
            response(tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML}, assertion()))
        ),
        "assertion-of-saml1": lambda: resigned(
            response(assertion(start={"xmlns:saml2": "urn:oasis:names:tc:SAML:1.0:assertion"}))
        ),
        "assertion-of-a-twin-namespace": lambda: resigned(response(assertion(start={"xmlns:saml2": SAML + "#"}))),
        "assertion-in-the-protocol-namespace": lambda: resigned(response(assertion(name="saml2p:Assertion"))),
        "assertion-in-lower-case": lambda: resigned(response(assertion(name="saml2:assertion"))),
    },
)


def second_unsigned() -> str:
    return assertion(start={"ID": "id_second"}, mark="")


def encrypted_again() -> str:
    text = Encryption()(Signer().sign(assertion(), ASSERTION_MARK))
    return text.replace("id_encrypted_data", "id_encrypted_too").replace("id_encrypted_key", "id_encrypted_key_too")


def extensions(content: str) -> str:
    return tag("saml2p:Extensions", {}, content)


refused(
    4,
    "assertion_malformed audience_mismatch conditions_missing issuer_mismatch name_id_malformed response_malformed "
    "signature_misplaced status_not_success",
    {
        "text-in-the-response": lambda: okta(status_="hello" + status()),
        "text-in-the-assertion": lambda: okta(assertion(more="hello")),
        "text-in-the-subject": lambda: okta(assertion(subject_=subject("hello" + name_id()))),
        "text-in-conditions": lambda: okta(assertion(conditions_=conditions("hello", audiences(ENTITY_ID)))),
        "element-in-name-id": lambda: okta(
            assertion(subject_=subject(name_id(f"{SUBJECT}<x:y xmlns:x='urn:x'></x:y>")))
        ),
        "element-in-audience": lambda: okta(
            assertion(conditions_=conditions(audiences(f"{ENTITY_ID}<x:y xmlns:x='urn:x'></x:y>")))
        ),
        "element-in-issuer": lambda: okta(assertion(issuer_=issuer(f"{ISSUER}<x:y xmlns:x='urn:x'></x:y>"))),
        "element-around-name-id-text": lambda: okta(
            assertion(subject_=subject(name_id(f"<x:y xmlns:x='urn:x'>{SUBJECT}</x:y>")))
        ),
        "subjects-two": lambda: okta(assertion(subject_=subject(name_id("x")) + subject())),
        "name-ids-two": lambda: okta(assertion(subject_=subject(name_id("x") + name_id()))),
        "conditions-two": lambda: okta(assertion(conditions_=conditions() + conditions())),
        "issuers-two-in-the-assertion": lambda: okta(assertion(issuer_=issuer() + issuer("urn:x"))),
        "issuers-two-in-the-response": lambda: okta(issuer_=issuer("urn:x") + issuer()),
        "statuses-two": lambda: okta(status_=status("urn:oasis:names:tc:SAML:2.0:status:Responder") + status()),
        "statuses-two-the-failure-last": lambda: okta(
            status_=status() + status("urn:oasis:names:tc:SAML:2.0:status:Responder")
        ),
        "issuer-not-first-in-the-assertion": lambda: resigned(
            response(assertion(issuer_="", subject_=subject() + issuer()))
        ),
        "element-unknown-in-the-assertion": lambda: okta(assertion(more="<x:y xmlns:x='urn:x'></x:y>")),
        "element-unknown-in-the-response": lambda: okta(status_=status() + "<x:y xmlns:x='urn:x'></x:y>"),
    },
)
