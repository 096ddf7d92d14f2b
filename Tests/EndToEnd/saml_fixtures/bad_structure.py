"""Rules 3 to 5: namespaces that are none, a tree of another shape than a response's, one ID for two elements.

What is signed by the provider's key here is signed after the change, so that the signature is no reason to refuse it.
"""

import re

from .bad_bytes import first
from .catalogue import Catalogue
from .encryption import Encryption
from .keys import base64_text, idp
from .messages import ASSERTION_MARK, ENTITY_ID, ISSUER, RESPONSE_MARK, SUBJECT, assertion, attribute, attributes, audiences
from .messages import authentication, conditions, confirmation, confirmation_data, issuer, name_id, response, status, subject
from .messages import tag, value
from .signing import Signer, edited, element, okta
from .vocabulary import DS, SAML, SAMLP

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
    "a-response-of-saml1": lambda: resigned(response(assertion(), start={"xmlns:saml2p": "urn:oasis:names:tc:SAML:1.0:protocol"})),
    "a-response-without-namespace": lambda: resigned(response(assertion(), name="Response")),
    "a-response-of-a-twin-namespace": lambda: resigned(response(assertion(), start={"xmlns:saml2p": SAMLP + "/"})),
    "a-response-of-the-assertion-namespace": lambda: resigned(response(assertion(), start={"xmlns:saml2p": SAML})),
    "a-response-in-lower-case": lambda: resigned(response(assertion(), name="saml2p:response")),
    "an-artifact-response": lambda: resigned(response(assertion(), name="saml2p:ArtifactResponse")),
    "a-logout-response": lambda: resigned(response(assertion(), name="saml2p:LogoutResponse")),
    "an-authentication-request": lambda: resigned(response(assertion(), name="saml2p:AuthnRequest")),
    "a-soap-envelope": lambda: tag("s:Envelope", {"xmlns:s": "http://schemas.xmlsoap.org/soap/envelope/"}, okta(declaration="")),
    "a-wrapper": lambda: tag("x:y", {"xmlns:x": "urn:x"}, okta(declaration="")),
}
refused(4, "response_misplaced root_unexpected", {f"root-is-{name}": make for name, make in ROOTS.items()})
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
        "assertion-of-saml1": lambda: resigned(response(assertion(start={"xmlns:saml2": "urn:oasis:names:tc:SAML:1.0:assertion"}))),
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
        "element-in-name-id": lambda: okta(assertion(subject_=subject(name_id(f"{SUBJECT}<x:y xmlns:x='urn:x'></x:y>")))),
        "element-in-audience": lambda: okta(assertion(conditions_=conditions(audiences(f"{ENTITY_ID}<x:y xmlns:x='urn:x'></x:y>")))),
        "element-in-issuer": lambda: okta(assertion(issuer_=issuer(f"{ISSUER}<x:y xmlns:x='urn:x'></x:y>"))),
        "element-around-name-id-text": lambda: okta(assertion(subject_=subject(name_id(f"<x:y xmlns:x='urn:x'>{SUBJECT}</x:y>")))),
        "subjects-two": lambda: okta(assertion(subject_=subject(name_id("x")) + subject())),
        "name-ids-two": lambda: okta(assertion(subject_=subject(name_id("x") + name_id()))),
        "conditions-two": lambda: okta(assertion(conditions_=conditions() + conditions())),
        "issuers-two-in-the-assertion": lambda: okta(assertion(issuer_=issuer() + issuer("urn:x"))),
        "issuers-two-in-the-response": lambda: okta(issuer_=issuer("urn:x") + issuer()),
        "statuses-two": lambda: okta(status_=status("urn:oasis:names:tc:SAML:2.0:status:Responder") + status()),
        "statuses-two-the-failure-last": lambda: okta(status_=status() + status("urn:oasis:names:tc:SAML:2.0:status:Responder")),
        "issuer-not-first-in-the-assertion": lambda: resigned(response(assertion(issuer_="", subject_=subject() + issuer()))),
        "element-unknown-in-the-assertion": lambda: okta(assertion(more="<x:y xmlns:x='urn:x'></x:y>")),
        "element-unknown-in-the-response": lambda: okta(status_=status() + "<x:y xmlns:x='urn:x'></x:y>"),
    },
)

# Attribute and namespace pollution: a twin in another namespace, found by whoever looks for local names.
OTHER = "urn:example:other"


def twin_of(text: str, name: str) -> str:
    """The same element in a foreign namespace, which holds something else."""
    opened = re.sub(f"<saml2:{name}(?=[ >])", f'<o:{name} xmlns:o="{OTHER}"', text)
    return opened.replace(f"</saml2:{name}>", f"</o:{name}>")


refused(
    4,
    "assertion_malformed attribute_malformed attribute_prefixed condition_unknown conditions_missing "
    "name_id_missing signature_misplaced status_malformed",
    {
        "foreign-name-id-before-ours": lambda: okta(assertion(subject_=subject(twin_of(name_id("root"), "NameID") + name_id()))),
        "foreign-name-id-alone": lambda: okta(assertion(subject_=subject(twin_of(name_id(), "NameID")))),
        "foreign-subject-alone": lambda: okta(assertion(subject_=twin_of(subject(), "Subject"))),
        "foreign-confirmation-alone": lambda: okta(assertion(subject_=subject(None, twin_of(confirmation(), "SubjectConfirmation")))),
        "foreign-confirmation-data-alone": lambda: okta(
            assertion(subject_=subject(None, confirmation(twin_of(confirmation_data(), "SubjectConfirmationData"))))
        ),
        "foreign-conditions-alone": lambda: okta(assertion(conditions_=twin_of(conditions(), "Conditions"))),
        "foreign-audience-restriction-alone": lambda: okta(
            assertion(conditions_=conditions(twin_of(audiences(ENTITY_ID), "AudienceRestriction")))
        ),
        "foreign-audience-alone": lambda: okta(assertion(conditions_=conditions(twin_of(audiences(ENTITY_ID), "Audience")))),
        "foreign-audience-beside-another": lambda: okta(
            assertion(conditions_=conditions(foreign_beside_another()))
        ),
        "foreign-authentication-statement-alone": lambda: okta(assertion(authentication_=twin_of(authentication(), "AuthnStatement"))),
        "foreign-issuer-alone": lambda: resigned(response(assertion(issuer_=twin_of(issuer(), "Issuer")))),
        "foreign-issuer-before-ours": lambda: resigned(response(assertion(issuer_=twin_of(issuer(), "Issuer") + issuer()))),
        "foreign-status-code": lambda: okta(
            status_=status().replace("<saml2p:StatusCode", f'<o:StatusCode xmlns:o="{OTHER}"').replace("</saml2p:StatusCode>", "</o:StatusCode>")
        ),
        "foreign-attribute-value": lambda: okta(
            assertion(attributes_=attributes(attribute("groups", twin_of(value("root"), "AttributeValue"))))
        ),
        "prefixed-id-on-the-assertion": lambda: okta(assertion(start={"xmlns:o": OTHER, "o:ID": "id_other"})),
        "prefixed-id-of-saml": lambda: okta(assertion(start={"saml2:ID": "id_other"})),
        "prefixed-id-instead": lambda: resigned(response(Signer(reference="#id_assertion").sign(
            assertion(start={"ID": None, "saml2:ID": "id_assertion"}), ASSERTION_MARK))),
        "prefixed-version": lambda: okta(assertion(start={"saml2:Version": "1.1"})),
        "prefixed-recipient": lambda: okta(
            assertion(subject_=subject(None, confirmation(confirmation_data(**{"saml2:Recipient": "https://other.example.com"}))))
        ),
        "prefixed-recipient-instead": lambda: okta(
            assertion(subject_=subject(None, confirmation(confirmation_data(**{"Recipient": None, "saml2:Recipient": "https://gatehouse.example.com/login/saml/okta-saml"}))))
        ),
        "prefixed-not-on-or-after": lambda: okta(assertion(conditions_=conditions(**{"saml2:NotOnOrAfter": "2099-01-01T00:00:00Z"}))),
        "prefixed-name-of-an-attribute": lambda: okta(assertion(attributes_=attributes(attribute("x", "y", **{"saml2:Name": "groups"})))),
        "prefixed-original-issuer": lambda: okta(assertion(attributes_=attributes(
            attribute("x", "y", **{"xmlns:a": "http://schemas.xmlsoap.org/ws/2009/09/identity/claims", "a:OriginalIssuer": "x"})))),
        "prefixed-destination": lambda: okta(start={"saml2p:Destination": "https://other.example.com"}),
        "prefixed-status-value": lambda: okta(
            status_=edited(status("urn:x"), ("<saml2p:StatusCode ", '<saml2p:StatusCode saml2p:Value="urn:oasis:names:tc:SAML:2.0:status:Success" '))
        ),
        "prefixed-uri-of-the-reference": lambda: okta(signer=Signer(reference="", signed_info=lambda text: text.replace(
            'URI=""', 'ds:URI="#id_response"')), signs="response"),
        "prefixed-algorithm": lambda: okta(signs="response", signer=Signer(
            signed_info=lambda text: text.replace("<ds:SignatureMethod ", f'<ds:SignatureMethod ds:Algorithm="{DS}hmac-sha1" '))),
    },
)


def foreign_beside_another() -> str:
    ours = tag("o:Audience", {"xmlns:o": OTHER}, ENTITY_ID)
    return tag("saml2:AudienceRestriction", {}, ours, tag("saml2:Audience", {}, "https://other.example.com"))


# Rule 5. The element that was verified and the element that is read must not be told apart by which of two comes first.


def holding(content: str) -> str:
    return okta(assertion(attributes_=attributes(attribute("x", value(content, None)))))


refused(
    5,
    "id_duplicate id_missing",
    {
        "id-of-the-assertion-is-the-response's": lambda: okta(assertion(start={"ID": "id_response"})),
        "id-twice-in-a-value": lambda: holding('<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>'),
        "id-twice-as-Id": lambda: holding('<x:y xmlns:x="urn:x" Id="id_assertion"></x:y>'),
        "id-twice-as-id": lambda: holding('<x:y xmlns:x="urn:x" id="id_assertion"></x:y>'),
        "id-twice-as-xml-id": lambda: holding('<x:y xmlns:x="urn:x" xml:id="id_assertion"></x:y>'),
        "id-twice-on-one-element": lambda: okta(assertion(start={"Id": "id_assertion"})),
        "id-twice-in-key-info": lambda: okta(signer=Signer(key_info='<ds:KeyInfo Id="id_assertion"></ds:KeyInfo>'), signs="assertion"),
        "id-twice-on-signatures": lambda: okta(
            signer=Signer(finish=lambda text: edited(text, ("<ds:Signature ", '<ds:Signature Id="s" ')))
        ),
        "id-twice-in-extensions-unsigned": lambda: okta(
            signs="assertion", extensions=extensions('<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>')
        ),
        "id-twice-written-with-references": lambda: holding('<x:y xmlns:x="urn:x" ID="id&#95;assertion"></x:y>'),
        "id-of-1000-characters": lambda: okta(assertion(start={"ID": "_" + "a" * 1000})),
        "id-empty-on-the-assertion": lambda: resigned(response(assertion(start={"ID": ""}))),
        "id-empty-on-the-response": lambda: okta(start={"ID": ""}),
        "id-missing-on-the-assertion": lambda: okta(assertion(start={"ID": None}), signs="response"),
        "id-missing-on-the-response": lambda: okta(start={"ID": None}, signs="assertion"),
    },
)
