"""An identity provider's signature: lxml canonicalises, `cryptography` signs, and every part can be told to be odd.

The odd ones are signed with the identity provider's own key all the same. That gives a fixture its edge: only the rule it is
about can refuse it, not a signature that fails anyway.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Callable

from lxml import etree

from .keys import Identity, base64_text, digest, idp
from .messages import ASSERTION_MARK, DECLARATION, RESPONSE_MARK, assertion, response, tag
from .vocabulary import DIGESTS, DS, ENVELOPED, EXCLUSIVE, SIGNATURES


def parse(document: str | bytes):
    """The generator's own parser: nothing is fetched and nothing is expanded here either."""
    data = document.encode() if isinstance(document, str) else document
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def canonical(element, prefixes: str | None = None, method: str = EXCLUSIVE) -> bytes:
    return etree.tostring(
        element,
        method="c14n",
        exclusive=method.startswith(EXCLUSIVE),
        with_comments=method.endswith("WithComments"),
        inclusive_ns_prefixes=prefixes.split() if prefixes else None,
    )


def inclusive_namespaces(prefixes: str | None) -> str:
    if prefixes is None:
        return ""
    return tag("ec:InclusiveNamespaces", {"xmlns:ec": EXCLUSIVE, "PrefixList": prefixes})


def transform(algorithm: str, *content: str) -> str:
    return tag("ds:Transform", {"Algorithm": algorithm}, *content)


def x509_data(*identities: Identity) -> str:
    """A KeyInfo that shows these certificates."""
    shown = (tag("ds:X509Certificate", {}, identity.certificate_text) for identity in identities)
    return tag("ds:KeyInfo", {}, tag("ds:X509Data", {}, *shown))


@dataclass(frozen=True)
class Signer:
    """Makes one Signature. What is not said is as Okta does it."""

    identity: Identity = field(default_factory=idp)
    algorithm: str = "rsa-sha256"
    digest: str = "sha256"
    prefixes: str | None = "xs"
    canonicalization: str = EXCLUSIVE
    octets_by: str = EXCLUSIVE  # how the element is digested, whatever the transforms say
    # Texts in place of the usual ones; `{id}` in `reference` is the parent's ID.
    transforms: str | None = None
    reference: str = "#{id}"
    key_info: str | None = None
    # Hooks: what SignedInfo and the whole Signature become, what is digested, what makes the signature value.
    signed_info: Callable[[str], str] = lambda text: text
    digested: Callable[[bytes], bytes] = lambda octets: octets
    value: Callable[[bytes], bytes] | None = None
    finish: Callable[[str], str] = lambda text: text
    width: int = 0

    def but(self, **changes) -> "Signer":
        return replace(self, **changes)

    def sign(self, document: str, mark: str) -> str:
        """`document` with `mark` replaced by a signature of the element it stands in."""
        if document.count(mark) != 1:
            raise ValueError(f"{mark} stands {document.count(mark)} times in the document")
        tree = parse(document.replace(mark, '<mark xmlns="urn:x-mark"/>'))
        placed = tree.find(".//{urn:x-mark}mark")
        parent = placed.getparent()
        path = tree.getroottree().getelementpath(parent)
        etree.strip_elements(parent, "{urn:x-mark}mark", with_tail=False)
        octets = self.digested(canonical(parent, self.prefixes, self.octets_by))
        blank = self._signature(octets, parent.get("ID", ""), "")
        signed = parse(document.replace(mark, blank)).find(path).find(f"{{{DS}}}Signature/{{{DS}}}SignedInfo")
        info = canonical(signed, method=self.canonicalization)
        value = (self.value or (lambda data: self.identity.sign(self.algorithm, data)))(info)
        return document.replace(
            mark, self.finish(self._signature(octets, parent.get("ID", ""), base64_text(value, self.width)))
        )

    def _signature(self, octets: bytes, identifier: str, value: str) -> str:
        usual = transform(ENVELOPED) + transform(EXCLUSIVE, inclusive_namespaces(self.prefixes))
        reference = tag(
            "ds:Reference",
            {"URI": self.reference.replace("{id}", identifier)},
            tag("ds:Transforms", {}, usual if self.transforms is None else self.transforms),
            tag("ds:DigestMethod", {"Algorithm": DIGESTS.get(self.digest, self.digest)}),
            tag("ds:DigestValue", {}, base64_text(digest(self.digest if self.digest in DIGESTS else "sha256", octets))),
        )
        info = tag(
            "ds:SignedInfo",
            {},
            tag("ds:CanonicalizationMethod", {"Algorithm": self.canonicalization}),
            tag("ds:SignatureMethod", {"Algorithm": SIGNATURES.get(self.algorithm, self.algorithm)}),
            reference,
        )
        key_info = x509_data(self.identity) if self.key_info is None else self.key_info
        text = self.signed_info(info) + tag("ds:SignatureValue", {}, value) + key_info
        return tag("ds:Signature", {"xmlns:ds": DS}, text)


def okta(
    body: str | None = None,
    *,
    signs: str = "both",
    signer: Signer | None = None,
    encrypt: Callable[[str], str] | None = None,
    response_signer: Signer | None = None,
    declaration: str = DECLARATION,
    **parts,
) -> str:
    """A response with `body` as its assertion; `signs` is both, response, assertion or none. `parts` are the Response's."""
    signer = signer or Signer()
    body = assertion() if body is None else body
    if ASSERTION_MARK in body:
        body = signer.sign(body, ASSERTION_MARK) if signs in ("both", "assertion") else body.replace(ASSERTION_MARK, "")
    whole = response(encrypt(body) if encrypt else body, declaration="", **parts)
    if RESPONSE_MARK in whole and signs in ("both", "response"):
        return declaration + (response_signer or signer).sign(whole, RESPONSE_MARK)
    return declaration + whole.replace(RESPONSE_MARK, "")


def edited(document: str, *changes: tuple[str, str], times: int = 1) -> str:
    """`document` with each text of `changes` replaced; a change that finds nothing, or too much, is a mistake of the fixture."""
    for old, new in changes:
        if document.count(old) != times:
            raise ValueError(f"{old!r} stands {document.count(old)} times, not {times}")
        document = document.replace(old, new)
    return document


def element(document: str, name: str, occurrence: int = 0) -> str:
    """The text of an element that does not hold another of its name."""
    start = list(re.finditer(f"<{name}(?=[ >])", document))[occurrence].start()
    return document[start : document.index(f"</{name}>", start)] + f"</{name}>"
