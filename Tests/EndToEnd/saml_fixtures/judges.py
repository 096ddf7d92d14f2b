"""Independent judges of the same responses: xmlsec and signxml, each used as its own documentation tells a careful caller.

Careful means: only pinned keys; the allowed algorithms and nothing else; a Signature is looked for as a child of the Response
or the Assertion and must refer to its parent by one Reference; the identity is read from what was signed. Not more: what
these judges let pass beyond the profile is listed in disagreements.md, and so is what they refuse without need.
"""

import base64
import binascii
from typing import Callable

import signxml
import xmlsec
from lxml import etree

from . import meaning
from .catalogue import Fixture, Place
from .encryption import TRANSPORTS
from .meaning import Refused, demand
from .messages import NOW
from .vocabulary import CIPHERS, DIGESTS, DS, EXCLUSIVE, SAML, SIGNATURES, XENC

HASHES = ("256", "384", "512")
ALGORITHMS = [SIGNATURES[f"{family}-sha{size}"] for family in ("rsa", "ecdsa") for size in HASHES]
DIGEST_ALGORITHMS = [DIGESTS[f"sha{size}"] for size in HASHES]


def decoded(content: bytes) -> bytes:
    """XML as it is, or what a form field holds."""
    if content.lstrip()[:1] in (b"<", b"\xef", b"\xff", b"\xfe"):
        return content
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise Refused(str(error)) from error


def signature_of(element):
    """The one Signature of an element, or None."""
    found = element.findall(f"{{{DS}}}Signature")
    demand(len(found) <= 1, "several signatures")
    return found[0] if found else None


def reference_of(signature, parent):
    """What a careful caller compares himself, because a library verifies whatever is referred to."""
    references = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    demand(len(references) == 1, "several references")
    demand(parent.get("ID") and references[0].get("URI") == "#" + parent.get("ID"), "a reference elsewhere")
    return references[0]


# xmlsec


def by_xmlsec(element, place: Place):
    """Verifies the element's signature in its document; returns a fresh parse of the element as it was signed."""
    constants = xmlsec.constants
    signature = signature_of(element)
    reference_of(signature, element)
    allowed = [getattr(constants, f"Transform{family}Sha{size}") for family in ("Rsa", "Ecdsa") for size in HASHES]
    digests = [getattr(constants, f"TransformSha{size}") for size in HASHES]
    if place.allow_sha1:
        allowed, digests = allowed + [constants.TransformRsaSha1], digests + [constants.TransformSha1]
    for identity in place.certificates:
        if getattr(identity().private, "key_size", 0) < 2048 and identity().kind.startswith("RSA"):
            continue
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(identity().pem, constants.KeyDataFormatCertPem)
        for transform in [constants.TransformExclC14N, *allowed]:
            context.enable_signature_transform(transform)
        for transform in [constants.TransformEnveloped, constants.TransformExclC14N, *digests]:
            context.enable_reference_transform(transform)
        try:
            # Nothing else in the document has an ID, so there is nothing else that the Reference could lead to.
            context.register_id(element, "ID")
            context.verify(signature)
        except (xmlsec.Error, ValueError):
            continue
        return signed_form(element, signature)
    raise Refused("no pinned key")


def signed_form(element, signature):
    """The element without its signature, canonicalised and parsed again: xmlsec does not hand out what it digested."""
    listed = signature.find(f".//{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = (listed.get("PrefixList") or "").split() if listed is not None else []
    octets = etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes, with_comments=False)
    copy = meaning.read(octets)
    copy.remove(copy.find(f"{{{DS}}}Signature"))
    return copy


# signxml


def by_signxml(element, place: Place):
    """The same with signxml, which hands out what it digested."""
    signature = signature_of(element)
    reference_of(signature, element)
    methods = ALGORITHMS + ([SIGNATURES["rsa-sha1"]] if place.allow_sha1 else [])
    digests = DIGEST_ALGORITHMS + ([DIGESTS["sha1"]] if place.allow_sha1 else [])
    expectation = signxml.SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset(signxml.SignatureMethod(one) for one in methods),
        digest_algorithms=frozenset(signxml.DigestAlgorithm(one) for one in digests),
        verification_time=NOW,
    )
    # signxml looks a Reference up in the whole tree it is given: the careful caller gives it the element alone.
    alone = meaning.read(etree.tostring(element, with_tail=False))
    for identity in place.certificates:
        if getattr(identity().private, "key_size", 0) < 2048 and identity().kind.startswith("RSA"):
            continue
        verifier = signxml.XMLVerifier()
        if place.allow_sha1:
            verifier.excise_empty_xmlns_declarations = False
        try:
            result = verifier.verify(
                alone, x509_cert=identity().certificate, expect_config=expectation, id_attribute="ID"
            )
        except Exception:  # signxml lets exceptions of every library below it through
            continue
        demand(result.signed_xml is not None, "nothing was signed")
        return result.signed_xml
    raise Refused("no pinned key")


# Encryption: xmlsec for both, signxml knows none


def decrypted(holder, place: Place, response_is_signed: bool):
    """The one assertion in an EncryptedAssertion."""
    data = holder.findall(f"{{{XENC}}}EncryptedData")
    demand(len(data) == 1, "several EncryptedData")
    method = data[0].find(f"{{{XENC}}}EncryptionMethod")
    cipher = method.get("Algorithm") if method is not None else None
    demand(cipher in [CIPHERS[name] for name in ("aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm")], "the cipher")
    demand(response_is_signed or cipher.endswith("gcm"), "CBC without a signature")
    transports = [
        one.get("Algorithm") for one in holder.findall(f".//{{{XENC}}}EncryptedKey/{{{XENC}}}EncryptionMethod")
    ]
    demand(
        transports and all(one in (TRANSPORTS["rsa-oaep-mgf1p"], TRANSPORTS["rsa-oaep"]) for one in transports),
        "the transport",
    )
    demand(place.decryption_key is not None, "no decryption key")
    manager = xmlsec.KeysManager()
    key = xmlsec.Key.from_memory(place.decryption_key().private_pem, xmlsec.constants.KeyDataFormatPem)
    manager.add_key(key)
    copy = meaning.read(etree.tostring(holder.getroottree()))
    again = copy.find(f".//{{{SAML}}}EncryptedAssertion")
    xmlsec.tree.add_ids(copy, ["Id", "ID"])
    try:
        found = xmlsec.EncryptionContext(manager).decrypt(again.find(f"{{{XENC}}}EncryptedData"))
    except (xmlsec.Error, etree.XMLSyntaxError, IndexError, ValueError, TypeError) as error:
        raise Refused(str(error)) from error
    # Without a Type xmlsec hands out the bytes.
    return meaning.read(etree.tostring(found, with_tail=False) if isinstance(found, etree._Element) else found)


def judge(fixture: Fixture, verify: Callable) -> tuple[bool, str]:
    """Whether this judge accepts the fixture, and the subject or why not."""
    place = fixture.place
    try:
        response = meaning.read(decoded(fixture.content()))
        meaning.wrapper(response, place)
        plain, hidden = response.findall(f"{{{SAML}}}Assertion"), response.findall(f"{{{SAML}}}EncryptedAssertion")
        demand(len(plain) + len(hidden) == 1, "not one assertion")
        signed_response = verify(response, place) if signature_of(response) is not None else None
        if hidden:
            around = signed_response if signed_response is not None else response
            assertion = decrypted(around.find(f"{{{SAML}}}EncryptedAssertion"), place, signed_response is not None)
        else:
            assertion = plain[0]
        if signature_of(assertion) is not None:
            signed = verify(assertion, place)
        else:
            demand(signed_response is not None, "nobody signed")
            signed = assertion if hidden else signed_response.find(f"{{{SAML}}}Assertion")
        return True, meaning.assertion(signed, place)["subject"]
    except Refused as refusal:
        return False, str(refusal)


JUDGES = {"xmlsec": by_xmlsec, "signxml": by_signxml}
